"""Documentation and stubs: complete, and as the core's tables say."""

import ast
import inspect
import pathlib
import sys
import typing

import tdsec
from tdsec.options import ConnectOptions, documentation

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts"))


def test_generated_sections_are_current():
    import stubs

    for file in stubs.FILES:
        assert file.read_text() == stubs.wanted(file), f"run bindings-python/scripts/stubs.py: {file.name}"


def test_options_and_stub_agree():
    registry = [name for name, *_ in tdsec._tdsec.options()]
    assert len(registry) > 40
    assert sorted(ConnectOptions.__annotations__) == sorted([*registry, "url"])
    applied = [name for name, _, _, applied, *_ in tdsec._tdsec.options() if applied and name != "address"]
    assert all(f"{name}:" in tdsec.connect.__doc__ for name in applied)
    assert tdsec.connect.__doc__ == tdsec.aio.connect.__doc__ and documentation() in tdsec.connect.__doc__


def public():
    yield "tdsec", tdsec
    for module in (tdsec, tdsec.aio):
        for name, thing in vars(module).items():
            if name.startswith("_") or getattr(thing, "__module__", "").split(".")[0] != "tdsec":
                continue
            if not (inspect.isclass(thing) or callable(thing)):
                continue
            yield f"{module.__name__}.{name}", thing
            if inspect.isclass(thing) and not issubclass(thing, BaseException):
                for member, value in inspect.getmembers(thing):
                    owner = getattr(value, "__objclass__", thing)
                    if not member.startswith("_") and owner.__module__.startswith("tdsec"):
                        yield f"{module.__name__}.{name}.{member}", value


def test_everything_public_is_documented():
    names = dict(public())
    assert len(names) > 150
    inherited = {f"tdsec.{t}.{m}" for t in ("TlsSummary", "ServerStatus") for m in ("count", "index")}
    missing = [
        name
        for name, thing in names.items()
        if name not in inherited and not isinstance(thing, typing.TypeVar) and not (thing.__doc__ or "").strip()
    ]
    assert missing == []


def test_the_stub_documents_columns_as_the_extension_does():
    stub = ast.parse((ROOT / "python/tdsec/_tdsec.pyi").read_text())
    checked = 0
    for cls in (node for node in stub.body if isinstance(node, ast.ClassDef)):
        native = getattr(tdsec._tdsec, cls.name)
        for item in [cls, *(node for node in cls.body if isinstance(node, ast.FunctionDef))]:
            told = ast.get_docstring(item)
            if told is not None:
                real = native if item is cls else getattr(native, item.name)
                assert inspect.cleandoc(real.__doc__) == told, f"{cls.name}.{item.name}"
                checked += 1
    assert checked >= 20


def test_the_package_is_typed():
    assert (ROOT / "python/tdsec/py.typed").exists()
