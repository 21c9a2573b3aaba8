#include "centre/nginx.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/text.h"
#include "centre/site.h"
#include "forms/upload.h"
#include "wire/wire.h"

#define CONFIGURATION_MAX 65536

/* ---- addresses ---- */

static bool host_is_plain(struct sv host)
{
	for (size_t i = 0; i < host.n; i++) {
		const char c = host.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      c == '.' || c == '-' || c == ':'))
			return false;
	}
	return host.n > 0 && host.n <= NGINX_HOST_MAX;
}

int nginx_address_parse(struct sv text, struct nginx_address *ret, struct err *err)
{
	size_t colon = SIZE_MAX;
	struct sv host;
	uint64_t port;

	for (size_t i = text.n; i-- > 0 && colon == SIZE_MAX;)
		colon = text.p[i] == ':' ? i : SIZE_MAX;
	host = sv_slice(text, 0, colon == SIZE_MAX ? text.n : colon);
	if (host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']')
		host = sv_slice(host, 1, host.n - 1);
	else if (sv_find_char(host, ':', 0) != SIZE_MAX)
		host.n = 0; /* an IPv6 address needs its brackets */
	if (colon == SIZE_MAX || !host_is_plain(host) ||
	    !sv_to_u64(sv_slice(text, colon + 1, text.n), &port) || port == 0 || port > 65535) {
		err_set(err, ERR_USAGE, _("'%.*s' is not an address with a port"), SV_ARG(text));
		return err_hint(err, _("write 127.0.0.1:8443, [::1]:8443 or host.example:8443"));
	}
	snprintf(ret->host, sizeof ret->host, "%.*s", SV_ARG(host));
	ret->port = (unsigned)port;
	return 0;
}

static int try_address(const struct addrinfo *row, const char *host, unsigned port,
		       struct err *err)
{
	const int on = 1, fd = socket(row->ai_family, row->ai_socktype | SOCK_CLOEXEC, 0);
	int number = 0;

	if (fd < 0)
		return err_errno(err, errno, "making a socket for %s:%u", host, port);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(fd, row->ai_addr, row->ai_addrlen) != 0 || listen(fd, 1) != 0)
		number = errno;
	close(fd);
	switch (number) {
	case 0:
		return 0;
	case EADDRINUSE:
		err_set(err, ERR_CONFLICT, _("%s:%u is taken by another program"), host, port);
		return err_hint(err, _("end it, or give another port with --people or --devices"));
	case EACCES:
		err_set(err, ERR_DENIED, _("this user may not listen on %s:%u"), host, port);
		return err_hint(err, _("ports below 1024 need root: give a higher one"));
	case EADDRNOTAVAIL:
		err_set(err, ERR_USAGE, _("%s is no address of this machine"), host);
		return err_hint(err, _("use 127.0.0.1 or 0.0.0.0, or one that `ip address` shows"));
	default:
		return err_errno(err, number, "listening on %s:%u", host, port);
	}
}

int nginx_address_check(const struct nginx_address *address, struct err *err)
{
	const struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM,
					.ai_flags = AI_PASSIVE | AI_NUMERICSERV };
	struct addrinfo *row;
	char port[8];
	int r;

	snprintf(port, sizeof port, "%u", address->port);
	r = getaddrinfo(address->host, port, &hints, &row);
	if (r != 0)
		return err_set(err, ERR_USAGE, "%s: %s", address->host, gai_strerror(r));
	r = try_address(row, address->host, address->port, err);
	freeaddrinfo(row);
	return r;
}

const char *nginx_find(char path[static 256], struct err *err)
{
	static const char *const place[] = { "/usr/sbin", "/usr/local/sbin", "/usr/bin",
					     "/usr/local/bin", "/sbin" };

	for (size_t i = 0; i < sizeof place / sizeof *place; i++) {
		snprintf(path, 256, "%s/nginx", place[i]);
		if (access(path, X_OK) == 0)
			return path;
	}
	err_set(err, ERR_NOT_FOUND, _("nginx is not installed"));
	err_hint(err, "apt install nginx-light");
	return NULL;
}

/* ---- configuration ---- */

/* nginx has no quoting for '$', so a path that would need any is refused. */
static int check_path(const char *path, struct err *err)
{
	for (const unsigned char *p = (const unsigned char *)path; *p; p++) {
		if (*p <= ' ' || *p == 0x7f || strchr("\"'\\$;{}#", *p) != NULL) {
			err_set(err, ERR_USAGE, _("a path with the character '%c': %s"), *p, path);
			return err_hint(err, _("nginx cannot read it: choose a plainer path"));
		}
	}
	return 0;
}

/*
 * Whoever has one IPv6 address has 2^64 of them, so people count by network, as
 * in limiter.h. Devices do not: all those of an office may stand in one.
 */
static void put_network(struct buf *b)
{
	buf_printf(b, "\tmap $binary_remote_addr $network {\n"
		      "\t\tdefault $binary_remote_addr;\n"
		      "\t\t\"~^(?<network64>[\\s\\S]{8})[\\s\\S]{8}\\z\" $network64;\n\t}\n");
}

static void put_start(struct buf *b, const struct nginx_options *options)
{
	const struct layout *layout = options->layout;

	buf_printf(b, "# Made by hikeshi-centre at each start; changes are lost.\n");
	if (options->user != NULL)
		buf_printf(b, "user %s;\n", options->user);
	buf_printf(b,
		   "daemon off;\n"
		   "worker_processes 2;\n"
		   "pid %s/nginx.pid;\n"
		   "error_log stderr warn;\n"
		   "events { worker_connections %d; }\n"
		   "http {\n",
		   layout->run, NGINX_CONNECTIONS_MAX);
	buf_printf(b,
		   "\taccess_log off;\n"
		   "\tserver_tokens off;\n"
		   "\tcharset utf-8;\n"
		   "\tdefault_type application/octet-stream;\n"
		   "\ttypes {\n"
		   "\t\ttext/html html; text/css css; text/javascript js mjs;\n"
		   "\t\tapplication/json json map; application/manifest+json webmanifest;\n"
		   "\t\timage/svg+xml svg; image/png png; image/x-icon ico; image/webp webp;\n"
		   "\t\tfont/woff2 woff2; text/plain txt;\n"
		   "\t}\n"
		   "\tcharset_types text/css text/javascript text/plain;\n");
	put_network(b);
	buf_printf(b,
		   "\tclient_body_temp_path %s/body;\n\tproxy_temp_path %s/proxy;\n"
		   "\tfastcgi_temp_path %s/fastcgi;\n\tuwsgi_temp_path %s/uwsgi;\n"
		   "\tscgi_temp_path %s/scgi;\n",
		   layout->nginx, layout->nginx, layout->nginx, layout->nginx, layout->nginx);
	buf_printf(b,
		   "\tclient_header_timeout %ds;\n\tclient_body_timeout %ds;\n"
		   "\tsend_timeout 10s;\n\tkeepalive_timeout 75s;\n"
		   "\treset_timedout_connection on;\n"
		   "\tlarge_client_header_buffers 4 8k;\n"
		   "\tssl_protocols TLSv1.3;\n\tssl_session_tickets off;\n"
		   "\tssl_certificate %s;\n\tssl_certificate_key %s;\n",
		   NGINX_HEADER_SECONDS, NGINX_BODY_SECONDS, layout->server_pem, layout->server_pem);
	buf_printf(b,
		   "\tlimit_conn_zone $network zone=network:4m;\n"
		   "\tlimit_conn_zone $binary_remote_addr zone=address:4m;\n"
		   "\tlimit_conn_status 429;\n"
		   "\tproxy_http_version 1.1;\n"
		   "\tproxy_request_buffering off;\n"
		   "\tproxy_max_temp_file_size 0;\n"
		   "\tproxy_connect_timeout 10s;\n"
		   "\tproxy_read_timeout 90s;\n"
		   "\tproxy_intercept_errors off;\n"
		   "\tupstream people { server unix:%s; keepalive 16; }\n"
		   "\tupstream devices { server unix:%s; keepalive 64; }\n",
		   layout->people_socket, layout->devices_socket);
}

static void put_listen(struct buf *b, const struct nginx_address *address)
{
	const bool ip6 = strchr(address->host, ':') != NULL;

	buf_printf(b, "\t\tlisten %s%s%s:%u ssl http2;\n", ip6 ? "[" : "", address->host,
		   ip6 ? "]" : "", address->port);
}

/* What every proxied request carries; a client's own words for these are overwritten. */
static void put_headers(struct buf *b, const char *verify, const char *serial)
{
	buf_printf(b,
		   "\t\tproxy_set_header Host $host;\n"
		   "\t\tproxy_set_header Connection \"\";\n"
		   "\t\tproxy_set_header X-Real-IP $remote_addr;\n"
		   "\t\tproxy_set_header X-Forwarded-For \"\";\n"
		   "\t\tproxy_set_header X-Client-Verify %s;\n"
		   "\t\tproxy_set_header X-Client-Serial %s;\n",
		   verify, serial);
}

/* While the server starts again, or a limit of nginx's own. */
static void put_errors(struct buf *b)
{
	static const struct {
		const char *codes, *place, *status, *code, *message;
	} row[] = {
		{ "502 504", "@away", "503", "unavailable",
		  "センターが応答しません。しばらくしてからもう一度お試しください。" },
		{ "413", "@large", "413", "too_large", "送られた内容が大きすぎます。" },
		{ "429", "@many", "429", "too_many", "接続が多すぎます。しばらくお待ちください。" },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		buf_printf(b, "\t\terror_page %s = %s;\n\t\tlocation %s {\n", row[i].codes, row[i].place,
			   row[i].place);
		buf_printf(b,
			   "\t\t\tdefault_type application/json;\n"
			   "\t\t\tadd_header Retry-After 5 always;\n"
			   "\t\t\treturn %s '{\"error\":{\"code\":\"%s\",\"message\":\"%s\","
			   "\"hint\":null,\"field\":null}}';\n\t\t}\n",
			   row[i].status, row[i].code, row[i].message);
	}
}

static void put_console(struct buf *b, const char *console)
{
	static const char headers[] =
		"\t\t\tadd_header X-Content-Type-Options nosniff always;\n"
		"\t\t\tadd_header Referrer-Policy no-referrer always;\n"
		"\t\t\tadd_header X-Frame-Options DENY always;\n"
		"\t\t\tadd_header Cross-Origin-Opener-Policy same-origin always;\n"
		"\t\t\tadd_header Content-Security-Policy \"default-src 'self'; img-src 'self' data:;"
		" object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'\""
		" always;\n";

	if (console == NULL) {
		buf_printf(b, "\t\tlocation / { return 404; }\n");
		return;
	}
	buf_printf(b,
		   "\t\troot %s;\n"
		   "\t\tlocation /assets/ {\n%s"
		   "\t\t\tadd_header Cache-Control \"public, max-age=31536000, immutable\";\n"
		   "\t\t\ttry_files $uri =404;\n\t\t}\n"
		   "\t\tlocation / {\n%s"
		   "\t\t\tadd_header Cache-Control no-cache always;\n"
		   "\t\t\tgzip on;\n\t\t\tgzip_types text/css text/javascript image/svg+xml;\n"
		   "\t\t\ttry_files $uri /index.html;\n\t\t}\n",
		   console, headers, headers);
}

/* The public site: its own small pages where no answer comes (centre/site.h). */
static void put_site(struct buf *b)
{
	static const struct {
		const char *place, *codes, *status, *ja, *en;
	} row[] = {
		{ "@site_away", "502 504", "503",
		  "ただいま応答できません。しばらくしてから、ページを読み込み直してください。",
		  "No answer just now. Please load the page again in a moment." },
		{ "@site_large", "413", "413",
		  "送られた内容が大きすぎます。「戻る」で前のページに戻り、短くしてから送ってください。",
		  "Too much was sent. Please go back and shorten it." },
		{ "@site_many", "429", "429", "接続が多すぎます。しばらくお待ちください。",
		  "Too many connections. Please wait a moment." },
	};

	buf_printf(b, "\t\tlocation = /p { return 308 /p/; }\n");
	for (unsigned exact = 0; exact < 2; exact++) {
		/* Lines about a request name its path, and a path may be somebody's personal link. */
		buf_printf(b,
			   "\t\tlocation %s {\n\t\t\tclient_max_body_size %um;\n"
			   "\t\t\terror_log stderr crit;\n",
			   exact ? "= /p/" : "/p/", SITE_FILES_BODY_MAX >> 20);
		for (size_t i = 0; i < sizeof row / sizeof *row; i++)
			buf_printf(b, "\t\t\terror_page %s = %s;\n", row[i].codes, row[i].place);
		buf_printf(b, "\t\t\tproxy_pass http://people%s;\n\t\t}\n", exact ? "/p" : "");
	}
	for (size_t i = 0; i < sizeof row / sizeof *row; i++)
		buf_printf(b,
			   "\t\tlocation %s {\n\t\t\tdefault_type text/html;\n"
			   "\t\t\tadd_header Content-Security-Policy \"default-src 'none'\" always;\n"
			   "\t\t\tadd_header Retry-After 5 always;\n"
			   "\t\t\treturn %s '<!doctype html><html lang=\"ja\"><meta name=\"viewport\""
			   " content=\"width=device-width\"><title>火消</title><h1>火消</h1><p>%s</p>"
			   "<p lang=\"en\">%s</p></html>';\n\t\t}\n",
			   row[i].place, row[i].status, row[i].ja, row[i].en);
}

static void put_people(struct buf *b, const struct nginx_options *options)
{
	buf_printf(b, "\tserver {\n");
	put_listen(b, &options->people);
	buf_printf(b, "\t\tlimit_conn network 100;\n\t\tclient_max_body_size 2m;\n");
	put_headers(b, "\"\"", "\"\"");
	buf_printf(b, "\t\tlocation /v1/ { proxy_pass http://people; }\n"
		      "\t\tlocation = /v1/live { proxy_pass http://people; proxy_buffering off; }\n");
	/* Files of applications and downloads are larger than other bodies. */
	buf_printf(b, "\t\tlocation ~ ^/v1/(applications/[^/]+/(files|documents/[^/]+)|programmes/[^/]+/downloads/[^/]+)$ {\n"
		      "\t\t\tclient_max_body_size %um;\n"
		      "\t\t\tproxy_pass http://people;\n\t\t}\n",
		   (UPLOAD_BYTES_MAX >> 20) + 1);
	put_site(b);
	put_console(b, options->console);
	put_errors(b);
	buf_printf(b, "\t}\n");
}

/* A certificate that nginx refuses still reaches the server, for the audit trail. */
static void put_devices(struct buf *b, const struct nginx_options *options)
{
	buf_printf(b, "\tserver {\n");
	put_listen(b, &options->devices);
	buf_printf(b,
		   "\t\tssl_client_certificate %s;\n"
		   "\t\tssl_verify_client optional;\n"
		   "\t\tssl_verify_depth 1;\n"
		   "\t\tlimit_conn address 512;\n"
		   "\t\tclient_max_body_size %u;\n",
		   options->layout->ca, WIRE_BATCH_PACKED_MAX);
	put_headers(b, "$ssl_client_verify", "$ssl_client_serial");
	buf_printf(b,
		   "\t\tlocation / { proxy_pass http://devices; }\n"
		   "\t\terror_page 495 496 = @refused;\n"
		   "\t\tlocation @refused {\n"
		   "\t\t\tproxy_method GET;\n\t\t\tproxy_pass_request_body off;\n"
		   "\t\t\tproxy_set_header Content-Length \"\";\n");
	put_headers(b, "$ssl_client_verify", "$ssl_client_serial");
	buf_printf(b, "\t\t\trewrite ^ /refused break;\n"
		      "\t\t\tproxy_pass http://devices;\n\t\t}\n");
	put_errors(b);
	buf_printf(b, "\t}\n");
}

int nginx_write(const struct nginx_options *options, struct err *err)
{
	struct buf b;
	int r;

	if (check_path(options->layout->root, err) != 0 ||
	    (options->console != NULL && check_path(options->console, err) != 0))
		return -1;
	buf_init(&b, CONFIGURATION_MAX);
	put_start(&b, options);
	put_people(&b, options);
	put_devices(&b, options);
	buf_printf(&b, "}\n");
	r = b.full ? err_set(err, ERR_INTERNAL, "nginx.conf is too long")
		   : file_write(options->layout->nginx_conf, buf_sv(&b), 0600, err);
	buf_done(&b);
	return r;
}
