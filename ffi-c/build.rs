//! Gives the shared library its soname, so that programs ask for this ABI and not for a file name.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libtdsec.so.0");
}
