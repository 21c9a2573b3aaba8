#include "base/test.h"
#include "mail/mail.h"

#define A10 "aaaaaaaaaa"
#define A60 A10 A10 A10 A10 A10 A10

TEST(what_is_an_address)
{
	static const struct {
		const char *text;
		bool good;
	} row[] = {
		{ "a@b.example", true },
		{ "tanaka.hanako+r7b@mail.shouten.co.jp", true },
		{ "!#$%&'*+-/=?^_`{|}~@b.example", true },
		{ "a@xn--p8j9a0d9c9a.xn--q9jyb4c", true },
		{ "0@1.example", true },
		{ A60 "aaaa@b.example", true },
		{ A60 "aaaaa@b.example", false },
		/* as Japanese telephone companies gave them out, in the form that SMTP wants */
		{ "\"a..b\"@docomo.example", true },
		{ "\".a.\"@docomo.example", true },
		{ "a..b@docomo.example", false },
		{ "a.@b.example", false },
		{ ".a@b.example", false },
		{ "\"\"@b.example", false },
		{ "\"@b.example", false },
		{ "\"a b\"@b.example", false },
		{ "\"a\\\"b\"@b.example", false },
		{ "\"a@b\"@b.example", false },
		{ "", false },
		{ "@", false },
		{ "a", false },
		{ "a@", false },
		{ "@b.example", false },
		{ "a@b", false },
		{ "a@b.", false },
		{ "a@.b.example", false },
		{ "a@b..example", false },
		{ "a@b.example.", false },
		{ "a@-b.example", false },
		{ "a@b-.example", false },
		{ "a@b_c.example", false },
		{ "a@127.0.0.1", false },
		{ "a@[127.0.0.1]", false },
		{ "a@" A60 "aaa.example", true },
		{ "a@" A60 "aaaa.example", false },
		{ "a@b@c.example", false },
		{ "a b@c.example", false },
		{ "a@b.example ", false },
		{ " a@b.example", false },
		{ "<a@b.example>", false },
		{ "a@b.example>\r\nRCPT TO:<c@d.example", false },
		{ "a@b.example\nBcc: c@d.example", false },
		{ "a\r@b.example", false },
		{ "a@b.example,c@d.example", false },
		{ "a;b@c.example", false },
		{ "a(b)@c.example", false },
		{ "田中@b.example", false },
		{ "a@見本.example", false },
		{ "ａ@b.example", false },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		if (mail_address_is_good(sv_from(row[i].text)) != row[i].good) {
			printf("# row %zu: %s\n", i, row[i].text);
			test_failed = true;
		}
	}
	CHECK(!mail_address_is_good(SV("a\0b@c.example")));
	CHECK(!mail_address_is_good(SV("a@b.example\0")));
}

/* 254 bytes are an address, 255 are none. */
TEST(the_longest_address)
{
	char text[MAIL_ADDRESS_MAX + 2];
	size_t n = 0;

	text[n++] = 'a';
	text[n++] = '@';
	while (n < MAIL_ADDRESS_MAX)
		text[n++] = 'b';
	for (size_t i = 50; i < MAIL_ADDRESS_MAX; i += 50)
		text[i] = '.';
	text[n] = 'b';
	CHECK(mail_address_is_good((struct sv){ text, MAIL_ADDRESS_MAX }));
	CHECK(!mail_address_is_good((struct sv){ text, MAIL_ADDRESS_MAX + 1 }));
}
