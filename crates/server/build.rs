//! Rebuilds when the front end was built anew, so that the binary never carries an old one.

fn main() {
    println!("cargo:rerun-if-changed=../../web/app/dist/index.html");
    println!("cargo:rerun-if-changed=../../web/desk/dist/index.html");
}
