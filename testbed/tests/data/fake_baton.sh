#!/bin/sh
# Stands in for `baton` where the harness itself is tested. A file of the repository, since a script that a
# test writes and runs at once is now and then still open for writing in a child of another test.
case $1 in
run)
    if grep -q '^# die' "$3"; then
        echo the disk is on fire
        exit 3
    fi
    exec sleep 1000
    ;;
*)
    echo "{\"asked\": \"$*\"}"
    exit 4
    ;;
esac
