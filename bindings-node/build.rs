//! Tells the linker that the addon's missing symbols come from node.

fn main() {
    napi_build::setup();
}
