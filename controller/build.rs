//! Compiles the `.proto` files without `protoc`.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let descriptors = protox::compile(["proto/admin.proto", "proto/peer.proto"], ["proto"])?;
    tonic_prost_build::configure()
        // What an admin reply holds is what `-o json` prints.
        .type_attribute(".baton.admin.v1", "#[derive(serde::Serialize)]")
        .btree_map(".baton.admin.v1")
        .compile_fds(descriptors)?;
    println!("cargo::rerun-if-changed=proto");
    Ok(())
}
