#include "agent/linux/program.h"
int main(int argc, char **argv)
{
	struct program_options o = { .data = AGENT_DATA_DEFAULT };
	struct err err = ERR_INIT;
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "proc")) o.sensor = SENSOR_PROC;
		if (!strcmp(argv[i], "bpf")) o.sensor = SENSOR_BPF;
		if (!strcmp(argv[i], "namespace")) o.scope_namespace = true;
	}
	if (watch_run(&o, &err) < 0) { fprintf(stderr, "%s\n%s\n", err.text, err.hint); return 1; }
	return 0;
}
