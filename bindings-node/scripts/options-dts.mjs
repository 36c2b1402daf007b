// Writes generated.d.ts: what the core's tables say of options, token sources and events; a test compares.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const native = createRequire(import.meta.url)('../lib/native.js');
const file = new URL('../generated.d.ts', import.meta.url);

const TYPES = {
  text: 'string',
  bool: 'boolean | string',
  integer: 'number | string',
  'integer or percentage': 'number | string',
  duration: 'number | string',
  size: 'number | string',
  choice: 'string',
  list: 'string | readonly string[]',
  'path, PEM text or bytes': 'string | Uint8Array',
};
// What the JavaScript layer takes beyond that; callbacks for connections alone.
const MORE = { address: 'string | URL', bearer_token: 'string | Token' };
const CALLBACKS = { totp_code: 'string | (() => string | Promise<string>)' };
const WIDTH = 118;

export function camelCase(name) {
  return name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());
}

function declaration({ name, kind, defaultValue, doc, secret }, more = MORE) {
  const notes = { duration: ' A number is seconds.', size: ' A number is bytes.' };
  const text = `${doc}${notes[kind] ?? ''}${secret ? ' Secret: never shown.' : ''}`;
  return `${comment('  ', text, `@default ${defaultValue}`)}  ${camelCase(name)}?: ${more[name] ?? TYPES[kind]} | null | undefined;\n`;
}

/** A comment of paragraphs, each in lines of its own. */
function comment(indent, ...texts) {
  const lines = texts.flatMap(wrap).map((line) => `${indent} * ${line}\n`);
  return `${indent}/**\n${lines.join('')}${indent} */\n`;
}

/** Name of the options of a kind of token source. */
function interfaceName(kind) {
  return `${kind.name[0].toUpperCase()}${camelCase(kind.name).slice(1)}SourceOptions`;
}

function isRequired(option) {
  return option.defaultValue === 'required';
}

function sourceOptions(kind) {
  const option = (option) => {
    const text = declaration(option);
    return isRequired(option) ? text.replace(/\?: (.*) \| null \| undefined;\n$/, ': $1;\n') : text;
  };
  const head = comment('', `Options of {@link Sources.${kind.name}}.`);
  return `${head}export interface ${interfaceName(kind)} {\n${kind.options.map(option).join('')}}\n`;
}

function sourceFunction(kind) {
  const alone = kind.mainOption ? ' | string' : '';
  const given = kind.options.some(isRequired) ? `options: ${interfaceName(kind)}${alone}` : `options?: ${interfaceName(kind)}${alone} | null`;
  const text = kind.mainOption ? `${kind.doc} A text alone is \`${camelCase(kind.mainOption)}\`.` : kind.doc;
  const head = comment('  ', text, '@throws {TdsecError} `OPTION_INVALID` and the other codes of options, naming the option');
  return `${head}  ${kind.name}(${given}): TokenSource;\n`;
}

function wrap(text) {
  const lines = [''];
  for (const word of text.replaceAll('*/', '* /').split(' ')) {
    const last = lines.at(-1);
    if (last !== '' && last.length + word.length + 6 > WIDTH) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines;
}

/** Every name that has no declaration of its own. */
function spellings(options) {
  const own = new Set(['url', ...options.filter((option) => option.applied).map(({ name }) => camelCase(name))]);
  const all = options.flatMap(({ name, aliases, applied }) => (applied ? [name, ...aliases] : [name, camelCase(name), ...aliases]));
  const names = [...new Set(all)].filter((name) => !own.has(name));
  return names.map((name) => `  | ${JSON.stringify(name).replaceAll('"', "'")}\n`).join('');
}

/** The names of events, with what they say. */
function events(kinds) {
  return kinds.map(({ name, sentence }) => `  /** ${sentence} */\n  | '${name}'\n`).join('');
}

/** generated.d.ts as it is, and as it should be. */
export function compare() {
  const options = native.options();
  const kinds = native.sourceKinds();
  const applied = options.filter((option) => option.applied).map((option) => declaration(option, { ...MORE, ...CALLBACKS }));
  const wanted = [
    "// What the core's tables say, written by `node scripts/options-dts.mjs`.\n\nimport type { Token, TokenSource } from './index.js';\n",
    `/** The options of the core's registry: part of {@link ConnectOptions}. */\nexport interface RegistryOptions {\n${applied.join('')}}\n`,
    `/** Names that are taken besides the documented ones. */\nexport type OtherSpelling =\n${spellings(options)}  | never;\n`,
    ...kinds.map(sourceOptions),
    `/** One function for each kind of source: part of {@link Sources}. */\nexport interface KindSources {\n${kinds.map(sourceFunction).join('')}}\n`,
    `/** Name of an event; the core's table is in docs/events.md. */\nexport type EventName =\n${events(native.eventNames())}  | never;\n`,
  ].join('\n');
  return { now: existsSync(file) ? readFileSync(file, 'utf8') : '', wanted };
}

if (import.meta.filename === process.argv[1]) writeFileSync(file, compare().wanted);
