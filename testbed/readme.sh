#!/usr/bin/env bash
# Runs the README: its configuration, its cluster, and every command of its blocks, as they stand there.
# What it does not run, `make` targets, is what runs it.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
export PATH="$root/target/debug:/usr/bin:$PATH"

work=$(mktemp -d)
pids=()
cleanup() {
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    ovs-vsctl --if-exists del-br s1 || true
    rm -rf "$work"
}
trap cleanup EXIT

# Prints the code blocks of language $1, one a file, into $work/$1.N.
blocks() {
    awk -v lang="$1" -v out="$work/$1" '
        $0 == "```" lang { inside = 1; n++; next }
        $0 == "```" { inside = 0 }
        inside { print > (out "." n) }' README.md
}
blocks toml
blocks sh

# Waits up to $1 seconds until the rest of the line succeeds.
wait_until() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $deadline ] || { echo "error: waited in vain for: $*" >&2; exit 1; }
        read -rt 0.1 <> <(:) || true
    done
}

/usr/share/openvswitch/scripts/ovs-ctl start --system-id=random >/dev/null
for id in 1 2 3; do
    port=$((5 + id))
    sed -e "s/^id = 1/id = $id/" -e "s#/var/lib/baton#$work/data$id#" \
        -e "/^\(openflow\|peer\|admin\|http\)/s/:66/:${port}6/" "$work/toml.1" >"$work/node.toml"
    (cd "$work" && baton config check node.toml >/dev/null && mv node.toml "node$id.toml")
    baton run --config "$work/node$id.toml" 2>"$work/node$id.log" &
    pids+=($!)
done
export BATON_ADMIN=127.0.0.1:6655
wait_until 15 baton status

ovs-vsctl --may-exist add-br s1 -- set bridge s1 datapath_type=netdev fail_mode=secure \
    protocols=OpenFlow13,OpenFlow14 other-config:datapath-id=0000000000000001
cd "$work"
ran=0
for file in "$work"/sh.*; do
    while read -r command; do
        case $command in
            '' | make\ * | mn\ * | 'baton run'* | 'baton config check'*) continue ;;
            'baton migrate'*)
                wait_until 15 sh -c 'baton switch list -o json | grep -q "\"connected\":\[1,2,3\]"'
                # The switch may be node 2's already: then it has to go elsewhere first.
                if [[ $command == *'--to 2'* ]]; then
                    baton migrate 0000000000000001 --to 3 >/dev/null 2>&1 || true
                fi
                wait_until 15 sh -c 'baton switch list -o json | grep -q "\"migration\":null"'
                ;;
        esac
        echo "\$ $command"
        eval "$command" >"$work/output" 2>&1 || { cat "$work/output"; exit 1; }
        [ -s "$work/output" ] || [[ $command =~ ^(export|ovs-vsctl) ]] || { echo "error: it printed nothing" >&2; exit 1; }
        ran=$((ran + 1))
    done <"$file"
done
echo "$ran commands of the README work"
[ "$ran" -ge 11 ]
