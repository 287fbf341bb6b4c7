//! On macOS an extension leaves the interpreter's symbols to be found when it is loaded; elsewhere this adds nothing.

fn main() {
    pyo3_build_config::add_extension_module_link_args();
}
