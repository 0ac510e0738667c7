"""What os-ken builds; `openflow/tests/interop/said.rs` has what each of it means."""


def sayings(datapath):
    return []
