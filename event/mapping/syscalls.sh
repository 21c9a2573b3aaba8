#!/bin/sh
# Makes the tables of system calls from the headers of the kernel (linux-libc-dev).
# Usage, in this folder: ./syscalls.sh
set -eu

table() { # header, file
	sed -n 's/^#define __NR\(3264\)\{0,1\}_\([a-z0-9_]*\)[ \t]*\([0-9]*\)$/\3 \2/p' "$1" |
		grep '^[0-9]' | sort -n -u -k1,1 |
		awk '{ printf "\t[%d] = \"%s\",\n", $1, $2 }' > "$2"
}

include=/usr/include
for multi in /usr/include/x86_64-linux-gnu; do
	table "$multi/asm/unistd_64.h" syscalls_x86_64.inc
	table "$multi/asm/unistd_32.h" syscalls_i386.inc
done
table "$include/asm-generic/unistd.h" syscalls_generic.inc
