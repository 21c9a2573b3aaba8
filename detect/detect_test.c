/* What matches: one row for each rule, event and answer. */
#include "detect/testing.h"

#define RUN(rows) testing_rows(rows, sizeof rows / sizeof *rows)

TEST(plain_values)
{
	static const struct testing_row row[] = {
		{ "s: {A: abc}", "{\"A\":\"abc\"}", true },
		{ "s: {A: abc}", "{\"A\":\"ABC\"}", true },
		{ "s: {A: abc}", "{\"A\":\"abcd\"}", false },
		{ "s: {A: abc}", "{\"A\":\"xabc\"}", false },
		{ "s: {A: abc}", "{\"B\":\"abc\"}", false },
		{ "s: {A: abc}", "{\"A\":null}", false },
		{ "s: {A: [x, abc]}", "{\"A\":\"abc\"}", true },
		{ "s: {A: [x, abc]}", "{\"A\":\"x\"}", true },
		{ "s: {A: [x, abc]}", "{\"A\":\"y\"}", false },
		{ "s: {A: x, B: y}", "{\"A\":\"x\",\"B\":\"y\"}", true },
		{ "s: {A: x, B: y}", "{\"A\":\"x\",\"B\":\"z\"}", false },
		{ "s: [{A: x}, {B: y}]", "{\"A\":\"q\",\"B\":\"y\"}", true },
		{ "s: [{A: x}, {B: y}]", "{\"A\":\"q\",\"B\":\"z\"}", false },
		{ "s: [{A: x, B: y}, {C: z}]", "{\"A\":\"x\",\"C\":\"z\"}", true },
		{ "s: [{A: x, B: y}, {C: z}]", "{\"A\":\"x\",\"C\":\"q\"}", false },
		/* many values: the set answers */
		{ "s: {A: [a1, a2, a3, a4, a5, a6, a7, a8]}", "{\"A\":\"A7\"}", true },
		{ "s: {A: [a1, a2, a3, a4, a5, a6, a7, a8]}", "{\"A\":\"a9\"}", false },
	};

	RUN(row);
}

TEST(types)
{
	static const struct testing_row row[] = {
		{ "s: {A: 1}", "{\"A\":1}", true },
		{ "s: {A: 1}", "{\"A\":\"1\"}", true },
		{ "s: {A: '1'}", "{\"A\":1}", true },
		{ "s: {A: 1}", "{\"A\":11}", false },
		{ "s: {A: 1}", "{\"A\":\"01\"}", false },
		{ "s: {A: -5}", "{\"A\":-5}", true },
		{ "s: {A: 1.5}", "{\"A\":1.5}", true },
		{ "s: {A: 0x10}", "{\"A\":16}", true },
		{ "s: {A: '0x10'}", "{\"A\":16}", false },
		{ "s: {A: 00000429}", "{\"A\":\"00000429\"}", true },
		{ "s: {A|contains: 00000429}", "{\"A\":\"10000429\"}", false },
		{ "s: {A|endswith: [00000429, 007]}", "{\"A\":\"x429\"}", false },
		{ "s: {A: +7}", "{\"A\":\"+7\"}", true },
		{ "s: {A: +7}", "{\"A\":7}", false },
		{ "s: {A|gte: +7}", "{\"A\":7}", true },
		{ "s: {A|gte: 007}", "{\"A\":7}", true },
		{ "s: {A: '0x10'}", "{\"A\":\"0X10\"}", true },
		{ "s: {A: true}", "{\"A\":true}", true },
		{ "s: {A: true}", "{\"A\":\"TRUE\"}", true },
		{ "s: {A: 'true'}", "{\"A\":true}", true },
		{ "s: {A: true}", "{\"A\":false}", false },
		{ "s: {A: false}", "{\"A\":\"False\"}", true },
		{ "s: {A: yes}", "{\"A\":\"yes\"}", true },
		{ "s: {A: yes}", "{\"A\":true}", false },
		{ "s: {A: '*'}", "{\"A\":0}", true },
		{ "s: {A|contains: 2}", "{\"A\":123}", true },
	};

	RUN(row);
}

TEST(null_empty_absent)
{
	static const struct testing_row row[] = {
		{ "s: {A: ''}", "{\"A\":\"\"}", true },
		{ "s: {A: ''}", "{\"A\":\" \"}", false },
		{ "s: {A: ''}", "{\"A\":null}", false },
		{ "s: {A: ''}", "{\"B\":1}", false },
		{ "s: {A: ''}", "{\"A\":[]}", false },
		{ "s: {A: null}", "{\"A\":null}", true },
		{ "s: {A: null}", "{\"B\":1}", true },
		{ "s: {A: }", "{\"B\":1}", true },
		{ "s: {A: null}", "{\"A\":\"\"}", false },
		{ "s: {A: null}", "{\"A\":\"null\"}", false },
		{ "s: {A: 'null'}", "{\"A\":\"null\"}", true },
		{ "s: {A: null}", "{\"A\":[]}", false },
		{ "s: {A: null}", "{\"A\":{\"b\":1}}", false },
		{ "s: {A: [null, x]}", "{\"B\":1}", true },
		{ "s: {A: [null, x]}", "{\"A\":\"x\"}", true },
		{ "s: {A: [null, x]}", "{\"A\":\"y\"}", false },
		{ "s: {A: null}", "{\"A\":[\"x\",null]}", true },
		{ "s: {A: '*'}", "{\"A\":\"\"}", true },
		{ "s: {A: '*'}", "{\"A\":null}", false },
		{ "s: {A: '*'}", "{\"B\":1}", false },
		{ "s: {A: '*'}", "{\"A\":[]}", false },
		{ "s: {A|neq: null}", "{\"A\":1}", true },
		{ "s: {A|neq: null}", "{\"B\":1}", false },
		{ "s: {A: x}\ncondition: not s", "{\"B\":1}", true },
		{ "s: {A: x}\ncondition: not s", "{\"A\":\"X\"}", false },
	};

	RUN(row);
}

TEST(wildcards_and_escapes)
{
	static const struct testing_row row[] = {
		{ "s: {A: 'a*c'}", "{\"A\":\"ac\"}", true },
		{ "s: {A: 'a*c'}", "{\"A\":\"a\\nb\\nc\"}", true },
		{ "s: {A: 'a*c'}", "{\"A\":\"acb\"}", false },
		{ "s: {A: 'a?c'}", "{\"A\":\"abc\"}", true },
		{ "s: {A: 'a?c'}", "{\"A\":\"ac\"}", false },
		{ "s: {A: 'a?c'}", "{\"A\":\"abbc\"}", false },
		{ "s: {A: 'a?c'}",
		  "{\"A\":\"a\xE6\x97\xA5"
		  "c\"}",
		  true },
		{ "s: {A: 'a??c'}",
		  "{\"A\":\"a\xE6\x97\xA5"
		  "c\"}",
		  false },
		{ "s: {A: '?'}", "{\"A\":\"\"}", false },
		{ "s: {A: '?*'}", "{\"A\":\"x\"}", true },
		{ "s: {A: '*?'}", "{\"A\":\"\"}", false },
		{ "s: {A: '*a*b*c*'}", "{\"A\":\"xxaxxbxxcxx\"}", true },
		{ "s: {A: '*a*b*c*'}", "{\"A\":\"xxbxxaxxcxx\"}", false },
		{ "s: {A: 'ab*ba'}", "{\"A\":\"aba\"}", false },
		{ "s: {A: 'ab*ba'}", "{\"A\":\"abba\"}", true },
		{ "s: {A: '*ab?b'}", "{\"A\":\"abab\"}", true },
		{ "s: {A: '**'}", "{\"A\":\"\"}", true },
		{ "s: {A: 'a\\*c'}", "{\"A\":\"a*c\"}", true },
		{ "s: {A: 'a\\*c'}", "{\"A\":\"abc\"}", false },
		{ "s: {A: 'a\\?c'}", "{\"A\":\"a?c\"}", true },
		{ "s: {A: 'a\\?c'}", "{\"A\":\"abc\"}", false },
		{ "s: {A: 'C:\\Win\\x'}", "{\"A\":\"c:\\\\win\\\\X\"}", true },
		{ "s: {A: 'a\\\\b'}", "{\"A\":\"a\\\\b\"}", true },
		{ "s: {A: 'a\\\\b'}", "{\"A\":\"a\\\\\\\\b\"}", false },
		{ "s: {A: 'a\\\\\\\\b'}", "{\"A\":\"a\\\\\\\\b\"}", true },
		{ "s: {A: 'a\\\\*'}", "{\"A\":\"a\\\\xyz\"}", true },
		{ "s: {A: 'a\\\\*'}", "{\"A\":\"a*\"}", false },
		{ "s: {A: 'a\\\\\\*'}", "{\"A\":\"a\\\\*\"}", true },
		{ "s: {A: 'a\\\\\\*'}", "{\"A\":\"a\\\\x\"}", false },
		{ "s: {A: 'a\\'}", "{\"A\":\"a\\\\\"}", true },
		{ "s: {A|contains: '\\Desktop\\'}", "{\"A\":\"c:\\\\x\\\\desktop\\\\y\"}", true },
		{ "s: {A|contains: '\\Desktop\\'}", "{\"A\":\"c:\\\\x\\\\desktop*y\"}", false },
		{ "s: {A|endswith: '\\*'}", "{\"A\":\"x*\"}", true },
		{ "s: {A|endswith: '\\*'}", "{\"A\":\"x\"}", false },
		{ "s: {A: 10.0.*}", "{\"A\":\"10.0.0.7\"}", true },
		{ "s: {A: '%x%'}", "{\"A\":\"%x%\"}", true },
	};

	RUN(row);
}

TEST(contains_and_edges)
{
	static const struct testing_row row[] = {
		{ "s: {A|contains: b}", "{\"A\":\"aBc\"}", true },
		{ "s: {A|contains: b}", "{\"A\":\"ac\"}", false },
		{ "s: {A|contains: 'b*d'}", "{\"A\":\"abcde\"}", true },
		{ "s: {A|contains: 'b*d'}", "{\"A\":\"adbe\"}", false },
		{ "s: {A|contains: '*b*'}", "{\"A\":\"abc\"}", true },
		{ "s: {A|contains|contains: b}", "{\"A\":\"abc\"}", true },
		{ "s: {A|startswith: ab}", "{\"A\":\"ABc\"}", true },
		{ "s: {A|startswith: ab}", "{\"A\":\"xab\"}", false },
		{ "s: {A|startswith: 'a?c'}", "{\"A\":\"axcd\"}", true },
		{ "s: {A|startswith: 'a?c'}", "{\"A\":\"axdc\"}", false },
		{ "s: {A|endswith: bc}", "{\"A\":\"aBC\"}", true },
		{ "s: {A|endswith: bc}", "{\"A\":\"bca\"}", false },
		{ "s: {A|endswith: '?c'}", "{\"A\":\"c\"}", false },
		{ "s: {A|endswith: '\\powershell.exe'}", "{\"A\":\"C:\\\\W\\\\PowerShell.exe\"}",
		  true },
		{ "s: {A|contains|all: [a, b]}", "{\"A\":\"xbax\"}", true },
		{ "s: {A|contains|all: [a, b]}", "{\"A\":\"xbx\"}", false },
		{ "s: {A|all|contains: [a, b]}", "{\"A\":\"ab\"}", true },
		{ "s: {A|all: ['*a*', '*b*']}", "{\"A\":\"ab\"}", true },
		{ "s: {A|all: ['*a*', '*b*']}", "{\"A\":\"a\"}", false },
		{ "s: {A|contains|all: [a]}", "{\"A\":\"a\"}", true },
		{ "s: {A|contains: ''}", "{\"A\":\"x\"}", true },
		{ "s: {A|contains: ''}", "{\"B\":\"x\"}", false },
		{ "s: {A|startswith: [q1, q2, q3, q4, q5, q6x]}", "{\"A\":\"q6xx\"}", true },
		{ "s: {A|endswith: [q1, q2, q3, q4, q5, abcdefghijklmnopq]}",
		  "{\"A\":\"_abcdefghijklmnopq\"}", true },
		{ "s: {A|endswith: [q1, q2, q3, q4, q5, abcdefghijklmnopq]}",
		  "{\"A\":\"_Xbcdefghijklmnopq\"}", false },
		{ "s: {A|contains: [q1, q2, q3, q4, q5, lmnop]}", "{\"A\":\"abcdefghijklmnopq\"}",
		  true },
		{ "s: {A|contains: [q1, q2, q3, q4, q5, 'l*p']}", "{\"A\":\"abcdefghijklmnopq\"}",
		  true },
	};

	RUN(row);
}

TEST(case_folding)
{
	static const struct testing_row row[] = {
		{ "s: {A: \xC3\x89t\xC3\xA9}", "{\"A\":\"\xC3\xA9T\xC3\x89\"}", true },
		{ "s: {A|contains: '\xD0\x96'}", "{\"A\":\"x\xD0\xB6y\"}", true },
		{ "s: {A|endswith: '\xC8\xBA'}", "{\"A\":\"longer text, \xE2\xB1\xA5\"}", true },
		{ "s: {A: k}", "{\"A\":\"\xE2\x84\xAA\"}", true }, /* KELVIN SIGN folds to k */
		{ "s: {A|contains: '\xE6\x97\xA5'}", "{\"A\":\"\xE6\x97\xA5\xE6\x9C\xAC\"}", true },
		{ "s: {A|cased: abc}", "{\"A\":\"abc\"}", true },
		{ "s: {A|cased: abc}", "{\"A\":\"aBc\"}", false },
		{ "s: {A|contains|cased: bC}", "{\"A\":\"xbCx\"}", true },
		{ "s: {A|contains|cased: bC}", "{\"A\":\"xbcx\"}", false },
		{ "s: {A|cased|startswith: Ab}", "{\"A\":\"Abc\"}", true },
		{ "s: {A|cased|startswith: Ab}", "{\"A\":\"abc\"}", false },
		{ "s: {A|cased|endswith: 'X?z'}", "{\"A\":\"..Xyz\"}", true },
		{ "s: {A|cased|endswith: 'X?z'}", "{\"A\":\"..xyz\"}", false },
		{ "s: {A|cased: [Q1, Q2, Q3, Q4, Q5, Q6, Q7]}", "{\"A\":\"Q7\"}", true },
		{ "s: {A|cased: [Q1, Q2, Q3, Q4, Q5, Q6, Q7]}", "{\"A\":\"q7\"}", false },
		{ "s: {'|cased': Needle}", "{\"A\":\"a Needle here\"}", true },
		{ "s: {'|cased': Needle}", "{\"A\":\"a needle here\"}", false },
	};

	RUN(row);
}

TEST(neq_and_exists)
{
	static const struct testing_row row[] = {
		{ "s: {A|neq: x}", "{\"A\":\"y\"}", true },
		{ "s: {A|neq: x}", "{\"A\":\"X\"}", false },
		{ "s: {A|neq: x}", "{\"B\":1}", true },
		{ "s: {A|neq: x}", "{\"A\":null}", true },
		{ "s: {A|neq: [x, y]}", "{\"A\":\"z\"}", true },
		{ "s: {A|neq: [x, y]}", "{\"A\":\"y\"}", false },
		{ "s: {A|contains|neq: x}", "{\"A\":\"axb\"}", false },
		{ "s: {A|contains|all|neq: [x, y]}", "{\"A\":\"x\"}", true },
		{ "s: {A|contains|all|neq: [x, y]}", "{\"A\":\"xy\"}", false },
		{ "s: {A|neq: x}", "{\"A\":[\"x\",\"y\"]}", false },
		{ "s: {A|neq|gt: 5}", "{\"A\":4}", true },
		{ "s: {A|neq|gt: 5}", "{\"A\":6}", false },
		{ "s: {A|neq: x}\ncondition: not s", "{\"A\":\"x\"}", true },
		{ "s: {A|neq: x}\ncondition: not s", "{\"A\":\"y\"}", false },
		{ "s: {A|exists: true}", "{\"A\":1}", true },
		{ "s: {A|exists: true}", "{\"A\":null}", true },
		{ "s: {A|exists: true}", "{\"A\":[]}", true },
		{ "s: {A|exists: true}", "{\"A\":{\"b\":1}}", true },
		{ "s: {A|exists: true}", "{\"B\":1}", false },
		{ "s: {A|exists: false}", "{\"B\":1}", true },
		{ "s: {A|exists: false}", "{\"A\":\"\"}", false },
		{ "s: {A|exists: false}", "{\"A\":{\"b\":1}}", false },
		{ "s: {A|exists: 'true'}", "{\"A\":1}", true },
	};

	RUN(row);
}

TEST(numbers)
{
	static const struct testing_row row[] = {
		{ "s: {A|gt: 5}", "{\"A\":6}", true },
		{ "s: {A|gt: 5}", "{\"A\":5}", false },
		{ "s: {A|gte: 5}", "{\"A\":5}", true },
		{ "s: {A|gte: 5}", "{\"A\":4.99}", false },
		{ "s: {A|lt: 5}", "{\"A\":\"4\"}", true },
		{ "s: {A|lt: 5}", "{\"A\":\"5\"}", false },
		{ "s: {A|lte: 5}", "{\"A\":5.0}", true },
		{ "s: {A|lte: 5}", "{\"A\":5.1}", false },
		{ "s: {A|lt: 5}", "{\"A\":\"four\"}", false },
		{ "s: {A|lt: 5}", "{\"A\":\"4 \"}", false },
		{ "s: {A|lt: 5}", "{\"A\":\"004\"}", true },
		{ "s: {A|lt: 5}", "{\"A\":\"004.50\"}", true },
		{ "s: {A|lt: 5}", "{\"A\":\"-004.50\"}", true },
		{ "s: {A|lt: 5}", "{\"A\":\"00\"}", true },
		{ "s: {A|lt: 5}", "{\"A\":\"--4.5\"}", false },
		{ "s: {A|lt: 5}", "{\"A\":\"-\"}", false },
		{ "s: {A|lt: 5}", "{\"A\":\"0.\"}", false },
		{ "s: {A|lt: 5}", "{\"A\":\"\"}", false },
		{ "s: {A|lt: 5}", "{\"A\":null}", false },
		{ "s: {A|lt: 5}", "{\"B\":1}", false },
		{ "s: {A|lt: -1.5}", "{\"A\":-2}", true },
		{ "s: {A|gt: 9223372036854775806}", "{\"A\":9223372036854775807}", true },
		{ "s: {A|gt: 9223372036854775807}", "{\"A\":9223372036854775807}", false },
		{ "s: {A|gt: 1}", "{\"A\":1e300}", true },
		{ "s: {A|gt: [5, 1]}", "{\"A\":2}", true },
		{ "s: {A|gt|all: [5, 1]}", "{\"A\":2}", false },
		{ "s: {A|gt: 0x10}", "{\"A\":17}", true },
		{ "s: {A|gt: 5, A|lt: 9}", "{\"A\":7}", true },
		{ "s: {A|gt: 5, A|lt: 9}", "{\"A\":9}", false },
	};

	RUN(row);
}

TEST(timestamp_parts)
{
	static const struct testing_row row[] = {
		{ "s: {A|hour: 23}", "{\"A\":\"2025-10-24T23:41:48.497170Z\"}", true },
		{ "s: {A|hour: 22}", "{\"A\":\"2025-10-24T23:41:48.497170Z\"}", false },
		{ "s: {A|hour: 23}", "{\"A\":\"2025-10-24 23:41:48+09:00\"}", true },
		{ "s: {A|minute: 41}", "{\"A\":\"2025-10-24 23:41:48\"}", true },
		{ "s: {A|day: 24}", "{\"A\":\"2025-10-24\"}", true },
		{ "s: {A|month: 10}", "{\"A\":\"2025-10-24\"}", true },
		{ "s: {A|year: 2025}", "{\"A\":\"2025-10-24\"}", true },
		{ "s: {A|hour: 0}", "{\"A\":\"2025-10-24\"}", false },
		{ "s: {A|week: 43}", "{\"A\":\"2025-10-24\"}", true },
		{ "s: {A|week: 1}", "{\"A\":\"2024-12-30\"}", true },
		{ "s: {A|week: 53}", "{\"A\":\"2021-01-03\"}", true },
		{ "s: {A|week: 52}", "{\"A\":\"2023-01-01\"}", true },
		{ "s: {A|week: 53}", "{\"A\":\"2020-12-31\"}", true },
		{ "s: {A|hour|gte: 22}", "{\"A\":\"2025-10-24T22:00:00Z\"}", true },
		{ "s: {A|hour|gte: 22}", "{\"A\":\"2025-10-24T21:59:59Z\"}", false },
		{ "s: {A|hour|lt: 6}", "{\"A\":\"2025-10-24T05:00:00Z\"}", true },
		{ "s: {A|hour: 5}", "{\"A\":\"5\"}", false },
		{ "s: {A|day: 30}", "{\"A\":\"2025-02-30\"}", false },
		{ "s: {A|day: 29}", "{\"A\":\"2024-02-29\"}", true },
		{ "s: {A|year: 2025}", "{\"A\":\"2025/10/24\"}", false },
		{ "s: {A|year: 2025}", "{\"B\":\"2025-10-24\"}", false },
	};

	RUN(row);
}

TEST(cidr)
{
	static const struct testing_row row[] = {
		{ "s: {A|cidr: 192.168.0.0/16}", "{\"A\":\"192.168.7.9\"}", true },
		{ "s: {A|cidr: 192.168.0.0/16}", "{\"A\":\"192.169.0.0\"}", false },
		{ "s: {A|cidr: 192.168.0.0/16}", "{\"A\":\"::ffff:192.168.1.1\"}", true },
		{ "s: {A|cidr: 192.168.0.0/16}", "{\"A\":\"::ffff:c0a8:101\"}", true },
		{ "s: {A|cidr: 192.168.0.0/16}", "{\"A\":\"host\"}", false },
		{ "s: {A|cidr: 192.168.0.0/16}", "{\"A\":\"192.168.0.1:80\"}", false },
		{ "s: {A|cidr: 192.168.0.0/16}", "{\"A\":\"192.168.1\"}", false },
		{ "s: {A|cidr: 192.168.0.0/16}", "{\"A\":\"\"}", false },
		{ "s: {A|cidr: 192.168.1.77/24}", "{\"A\":\"192.168.1.1\"}", true },
		{ "s: {A|cidr: 10.0.0.1}", "{\"A\":\"10.0.0.1\"}", true },
		{ "s: {A|cidr: 10.0.0.1}", "{\"A\":\"10.0.0.2\"}", false },
		{ "s: {A|cidr: 0.0.0.0/0}", "{\"A\":\"1.2.3.4\"}", true },
		{ "s: {A|cidr: 0.0.0.0/0}", "{\"A\":\"::1\"}", false },
		{ "s: {A|cidr: 10.32.0.0/11}", "{\"A\":\"10.63.255.255\"}", true },
		{ "s: {A|cidr: 10.32.0.0/11}", "{\"A\":\"10.64.0.0\"}", false },
		{ "s: {A|cidr: '2001:db8::/33'}", "{\"A\":\"2001:DB8:7fff::1\"}", true },
		{ "s: {A|cidr: '2001:db8::/33'}", "{\"A\":\"2001:db8:8000::1\"}", false },
		{ "s: {A|cidr: '::1/128'}", "{\"A\":\"0:0:0:0:0:0:0:1\"}", true },
		{ "s: {A|cidr: '::/0'}", "{\"A\":\"fe80::1\"}", true },
		{ "s: {A|cidr: '::ffff:10.0.0.0/104'}", "{\"A\":\"10.1.2.3\"}", true },
		{ "s: {A|cidr: [10.0.0.0/8, 'fc00::/7']}", "{\"A\":\"fd00::5\"}", true },
		{ "s: {A|cidr|neq: 10.0.0.0/8}", "{\"A\":\"11.0.0.1\"}", true },
	};

	RUN(row);
}

TEST(regular_expressions)
{
	static const struct testing_row row[] = {
		{ "s: {A|re: 'b.d'}", "{\"A\":\"abcde\"}", true },
		{ "s: {A|re: 'b.d'}", "{\"A\":\"aBcde\"}", false },
		{ "s: {A|re: '(?i)b.d'}", "{\"A\":\"aBcDe\"}", true },
		{ "s: {A|re|i: 'b.d'}", "{\"A\":\"aBcDe\"}", true },
		{ "s: {A|re|ignorecase: 'b.d'}", "{\"A\":\"aBcDe\"}", true },
		{ "s: {A|re: '^b'}", "{\"A\":\"ab\"}", false },
		{ "s: {A|re: '^b'}", "{\"A\":\"a\\nb\"}", false },
		{ "s: {A|re|m: '^b'}", "{\"A\":\"a\\nb\"}", true },
		{ "s: {A|re|multiline: 'a$'}", "{\"A\":\"a\\nb\"}", true },
		{ "s: {A|re: 'a.b'}", "{\"A\":\"a\\nb\"}", false },
		{ "s: {A|re|s: 'a.b'}", "{\"A\":\"a\\nb\"}", true },
		{ "s: {A|re|dotall: 'a.b'}", "{\"A\":\"a\\nb\"}", true },
		{ "s: {A|re|i|m|s: '^B.C$'}", "{\"A\":\"a\\nb\\nc\"}", true },
		{ "s: {A|re: 'a\\*b'}", "{\"A\":\"a*b\"}", true },
		{ "s: {A|re: '\\\\x\\\\'}", "{\"A\":\"c:\\\\x\\\\y\"}", true },
		{ "s: {A|re: '\\d{3,5}'}", "{\"A\":\"a1234\"}", true },
		{ "s: {A|re: '^\\d{3,5}$'}", "{\"A\":\"123456\"}", false },
		{ "s: {A|re: '(foo|bar)+?baz'}", "{\"A\":\"xfoobarbaz\"}", true },
		{ "s: {A|re: '\\bcat\\b'}", "{\"A\":\"a cat.\"}", true },
		{ "s: {A|re: '\\bcat\\b'}", "{\"A\":\"concat.\"}", false },
		{ "s: {A|re: '[^a-c]{2}'}", "{\"A\":\"abcxybc\"}", true },
		{ "s: {A|re|contains: 'b'}", "{\"A\":\"abc\"}", true },
		{ "s: {A|re: [zz, 'b+c']}", "{\"A\":\"abbc\"}", true },
		{ "s: {A|re|all: ['a', 'b+c']}", "{\"A\":\"bbc\"}", false },
		{ "s: {A|re: '^$'}", "{\"A\":\"\"}", true },
		{ "s: {A|re: '.'}", "{\"B\":\"x\"}", false },
		{ "s: {A|re: '5'}", "{\"A\":456}", true },
		{ "s: {'|re': 'b[0-9]d'}", "{\"A\":\"ab5de\"}", true },
		{ "s: {'|re': 'b[0-9]d'}", "{\"A\":\"abxde\"}", false },
	};

	RUN(row);
}

TEST(encodings)
{
	static const struct testing_row row[] = {
		{ "s: {A|base64: abc}", "{\"A\":\"YWJj\"}", true },
		{ "s: {A|base64: abc}", "{\"A\":\"yWJj\"}", true }, /* compared without case */
		{ "s: {A|base64: abcd}", "{\"A\":\"YWJjZA==\"}", true },
		{ "s: {A|base64|contains: abc}", "{\"A\":\"xx YWJj yy\"}", true },
		{ "s: {A|base64|contains: abc}", "{\"A\":\"xx YWJk yy\"}", false },
		{ "s: {A|base64offset|contains: 'http://'}", "{\"A\":\"..aHR0cDovL..\"}", true },
		{ "s: {A|base64offset|contains: 'http://'}", "{\"A\":\"..h0dHA6Ly..\"}", true },
		{ "s: {A|base64offset|contains: 'http://'}", "{\"A\":\"..odHRwOi8v..\"}", true },
		{ "s: {A|base64offset|contains: 'http://'}", "{\"A\":\"..odHRwOi4v..\"}", false },
		{ "s: {A|wide|base64offset|contains: 'IEX'}", "{\"A\":\"SQBFAFgA\"}", true },
		{ "s: {A|wide|base64offset|contains: 'IEX'}", "{\"A\":\"JRVg=\"}", false },
		{ "s: {A|utf16le|base64: 'hi'}", "{\"A\":\"aABpAA==\"}", true },
		{ "s: {A|utf16be|base64: 'hi'}", "{\"A\":\"AGgAaQ==\"}", true },
		{ "s: {A|utf16|base64: 'hi'}", "{\"A\":\"//5oAGkA\"}", true },
		{ "s: {A|utf16le|base64: '\xF0\x9F\x98\x80'}", "{\"A\":\"PdgA3g==\"}", true },
		{ "s: {A|wide: 'hi'}", "{\"A\":\"h\\u0000i\\u0000\"}", true },
		{ "s: {A|wide|contains: 'hi'}", "{\"A\":\"xH\\u0000I\\u0000y\"}", true },
		{ "s: {A|wide: 'hi'}", "{\"A\":\"hi\"}", false },
		{ "s: {A|windash|base64offset|contains: ' -enc'}", "{\"A\":\"IC9lbm\"}",
		  true }, /* " /enc" */
		{ "s: {A|windash|base64offset|contains: ' -enc'}", "{\"A\":\"ICtlbm\"}", false },
	};

	RUN(row);
}

TEST(windash)
{
	static const struct testing_row row[] = {
		{ "s: {A|windash|contains: ' -f '}", "{\"A\":\"x -f y\"}", true },
		{ "s: {A|windash|contains: ' -f '}", "{\"A\":\"x /F y\"}", true },
		{ "s: {A|windash|contains: ' -f '}",
		  "{\"A\":\"x \xE2\x80\x93"
		  "f y\"}",
		  true },
		{ "s: {A|contains|windash: ' -f '}",
		  "{\"A\":\"x \xE2\x80\x94"
		  "f y\"}",
		  true },
		{ "s: {A|contains|windash: ' /f '}",
		  "{\"A\":\"x \xE2\x80\x95"
		  "f y\"}",
		  true },
		{ "s: {A|windash|contains: ' -f '}", "{\"A\":\"x +f y\"}", false },
		{ "s: {A|windash|contains: ' -f '}",
		  "{\"A\":\"x \xE2\x80\x92"
		  "f y\"}",
		  false },
		{ "s: {A|contains: ' -f '}", "{\"A\":\"x /f y\"}", false },
		{ "s: {A|windash: '-a /b'}", "{\"A\":\"/a -b\"}", true },
		{ "s: {A|windash: 'a-b'}", "{\"A\":\"a/b\"}", false },
		{ "s: {A|windash: 'a-b'}", "{\"A\":\"a-b\"}", true },
		{ "s: {A|windash: '--x'}", "{\"A\":\"-/x\"}", true },
		{ "s: {A|windash: '--x'}", "{\"A\":\"//x\"}", false },
		{ "s: {A|windash|endswith: ' -'}", "{\"A\":\"x /\"}", false },
		{ "s: {A|windash|endswith: ' -q'}", "{\"A\":\"x /q\"}", true },
		{ "s: {A|windash|endswith: ' -q'}", "{\"A\":\"x \xE2\x80\x93q\"}", true },
		{ "s: {A|windash|contains|all: [' -a', ' -b']}", "{\"A\":\"x /a -b\"}", true },
		{ "s: {A|windash|contains|all: [' -a', ' -b']}", "{\"A\":\"x /a +b\"}", false },
		{ "s: {A|windash: '*-x'}", "{\"A\":\"q/x\"}", true },
	};

	RUN(row);
}

TEST(field_references)
{
	static const struct testing_row row[] = {
		{ "s: {A|fieldref: B}", "{\"A\":\"x\",\"B\":\"X\"}", true },
		{ "s: {A|fieldref: B}", "{\"A\":\"x\",\"B\":\"y\"}", false },
		{ "s: {A|fieldref: B}", "{\"A\":\"x\"}", false },
		{ "s: {A|fieldref: B}", "{\"B\":\"x\"}", false },
		{ "s: {A|fieldref: B}", "{\"A\":null,\"B\":null}", false },
		{ "s: {A|fieldref: B}", "{\"A\":1,\"B\":\"1\"}", true },
		{ "s: {A|fieldref|cased: B}", "{\"A\":\"x\",\"B\":\"X\"}", false },
		{ "s: {A|fieldref|cased: B}", "{\"A\":\"X\",\"B\":\"X\"}", true },
		{ "s: {A|fieldref|contains: B}", "{\"A\":\"axb\",\"B\":\"X\"}", true },
		{ "s: {A|fieldref|startswith: B}", "{\"A\":\"abc\",\"B\":\"ab\"}", true },
		{ "s: {A|fieldref|startswith: B}", "{\"A\":\"xab\",\"B\":\"ab\"}", false },
		{ "s: {A|fieldref|endswith: B}", "{\"A\":\"xab\",\"B\":\"AB\"}", true },
		{ "s: {A|fieldref|neq: B}", "{\"A\":\"x\",\"B\":\"y\"}", true },
		{ "s: {A|fieldref: [B, C]}", "{\"A\":\"x\",\"C\":\"x\"}", true },
		{ "s: {A|fieldref: B}", "{\"A\":\"x\",\"B\":[\"y\",\"x\"]}", true },
	};

	RUN(row);
}
