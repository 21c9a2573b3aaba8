/*
 * extract - the yardstick of `hikeshi hunt`: simdjson (on demand) takes out
 * every field of every event of a file, names and unescaped texts, and does
 * nothing with them. Prints one JSON object.
 *
 * usage: extract FILE [ROUNDS]
 *
 * "cpu" is the whole program; "parse" is the best round with the file in memory.
 */
#include <simdjson.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>

namespace {

struct sums {
	uint64_t events = 0, fields = 0, bytes = 0;
};

void take(simdjson::ondemand::value value, sums &all)
{
	switch (value.type().value()) {
	case simdjson::ondemand::json_type::object:
		for (auto field : value.get_object()) {
			std::string_view name = field.unescaped_key();
			all.bytes += name.size();
			take(field.value(), all);
		}
		break;
	case simdjson::ondemand::json_type::array:
		for (auto item : value.get_array())
			take(item.value(), all);
		break;
	case simdjson::ondemand::json_type::string: {
		std::string_view text = value.get_string();
		all.bytes += text.size();
		all.fields++;
		break;
	}
	default:
		all.bytes += std::string_view(value.raw_json_token()).size();
		all.fields++;
	}
}

double cpu_seconds()
{
	timespec at;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &at);
	return double(at.tv_sec) + double(at.tv_nsec) / 1e9;
}

} // namespace

int main(int argc, char **argv)
{
	if (argc != 2 && argc != 3) {
		std::fprintf(stderr, "usage: extract FILE [ROUNDS]\n");
		return 2;
	}
	try {
		const auto began = std::chrono::steady_clock::now();
		const simdjson::padded_string text = simdjson::padded_string::load(argv[1]);
		sums all;
		double parse = 0;

		for (int round = argc == 3 ? std::atoi(argv[2]) : 1; round > 0; round--) {
			const double start = cpu_seconds();
			simdjson::ondemand::parser parser;
			simdjson::ondemand::document_stream stream =
				parser.iterate_many(text, 1 << 20);

			all = sums();
			for (auto document : stream) {
				for (auto field : document.get_object()) {
					std::string_view name = field.unescaped_key();
					all.bytes += name.size();
					take(field.value(), all);
				}
				all.events++;
			}
			const double taken = cpu_seconds() - start;
			if (parse == 0 || taken < parse)
				parse = taken;
		}
		const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - began;
		std::printf("{\"events\":%llu,\"fields\":%llu,\"text_bytes\":%llu,\"bytes\":%zu,"
			    "\"wall\":%.6f,\"cpu\":%.6f,\"parse\":%.6f,\"kernel\":\"%s\"}\n",
			    static_cast<unsigned long long>(all.events),
			    static_cast<unsigned long long>(all.fields),
			    static_cast<unsigned long long>(all.bytes), text.size(), wall.count(),
			    cpu_seconds(), parse, simdjson::get_active_implementation()->name().c_str());
	} catch (const simdjson::simdjson_error &error) {
		std::fprintf(stderr, "extract: %s\n", error.what());
		return 1;
	}
	return 0;
}
