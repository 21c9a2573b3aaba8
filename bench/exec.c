/*
 * exec - starts a program that does nothing, again and again, and tells what
 * that cost: its own and its children's CPU time, which holds what sensors in
 * the kernel add to each start. Prints one JSON object.
 *
 * usage: bench-exec COUNT PROGRAM
 */
#include <errno.h>
#include <inttypes.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define COUNT_MAX 10000000

extern char **environ;

static double seconds(struct timeval at)
{
	return (double)at.tv_sec + (double)at.tv_usec / 1e6;
}

static double cpu_of(int who)
{
	struct rusage usage;

	if (getrusage(who, &usage) != 0)
		return 0;
	return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

static double wall(void)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static int run_once(char *program)
{
	char *const argv[] = { program, NULL };
	int status = 0;
	pid_t child;
	const int error = posix_spawn(&child, program, NULL, NULL, argv, environ);

	if (error != 0) {
		errno = error;
		return -1;
	}
	return waitpid(child, &status, 0) == child ? 0 : -1;
}

int main(int argc, char **argv)
{
	char *end = NULL;
	const unsigned long count = argc == 3 ? strtoul(argv[1], &end, 10) : 0;
	double began, cpu;

	if (count == 0 || count > COUNT_MAX || *end != '\0') {
		fprintf(stderr, "usage: bench-exec COUNT PROGRAM\n");
		return 2;
	}
	began = wall();
	cpu = cpu_of(RUSAGE_SELF) + cpu_of(RUSAGE_CHILDREN);
	for (unsigned long i = 0; i < count; i++) {
		if (run_once(argv[2]) != 0) {
			perror(argv[2]);
			return 1;
		}
	}
	printf("{\"count\":%lu,\"wall\":%.6f,\"cpu\":%.6f}\n", count, wall() - began,
	       cpu_of(RUSAGE_SELF) + cpu_of(RUSAGE_CHILDREN) - cpu);
	return 0;
}
