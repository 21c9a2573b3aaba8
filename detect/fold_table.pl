#!/usr/bin/perl
# Prints fold_table.inc: the simple case folding of Unicode (statuses C and S
# of CaseFolding.txt) above ASCII, as runs of code points with one distance.
#   perl detect/fold_table.pl > detect/fold_table.inc
use strict;
use warnings;
use Unicode::UCD qw(casefold);

my @pair;
for my $from (0x80 .. 0x10FFFF) {
	next if $from >= 0xD800 && $from <= 0xDFFF;
	my $fold = casefold($from) or next;
	next if $fold->{simple} eq '' || hex($fold->{simple}) == $from;
	push @pair, [$from, hex($fold->{simple})];
}
printf "/* Made by fold_table.pl from Unicode %s: first, last, step, distance. */\n",
	Unicode::UCD::UnicodeVersion();
while (@pair) {
	my ($first, $to) = @{shift @pair};
	my ($last, $step, $distance) = ($first, 0, $to - $first);
	while (@pair && $pair[0][1] - $pair[0][0] == $distance) {
		my $gap = $pair[0][0] - $last;
		last if $gap > 2 || ($step && $gap != $step);
		$step = $gap;
		$last = (shift @pair)->[0];
	}
	printf "{ 0x%04X, 0x%04X, %d, %d },\n", $first, $last, $step || 1, $distance;
}
