// Guards http/http1/llhttp.h, which declares what the engine's executable exports: drives every
// callback and reads every field that the declaration has and the parser uses.
#include "http/http1/llhttp.h"

#include <catch2/catch.hpp>
#include <cstring>
#include <string>
#include <vector>

namespace {

struct Log {
  std::vector<std::string> events;
  int pause_in_body = 0;
};

Log& LogOf(llhttp_t* parser) { return *static_cast<Log*>(parser->data); }

#define EVENT(name)                           \
  settings.on_##name = [](llhttp_t* parser) { \
    LogOf(parser).events.emplace_back(#name); \
    return 0;                                 \
  }
#define DATA(name)                                                                       \
  settings.on_##name = [](llhttp_t* parser, const char* at, size_t length) {             \
    LogOf(parser).events.emplace_back(std::string(#name ":") + std::string(at, length)); \
    return 0;                                                                            \
  }

llhttp_settings_t AllCallbacks() {
  llhttp_settings_t settings;
  llhttp_settings_init(&settings);
  EVENT(message_begin);
  DATA(protocol);
  DATA(url);
  DATA(status);
  DATA(method);
  DATA(version);
  DATA(header_field);
  DATA(header_value);
  DATA(chunk_extension_name);
  DATA(chunk_extension_value);
  EVENT(headers_complete);
  DATA(body);
  EVENT(message_complete);
  EVENT(protocol_complete);
  EVENT(url_complete);
  EVENT(status_complete);
  EVENT(method_complete);
  EVENT(version_complete);
  EVENT(header_field_complete);
  EVENT(header_value_complete);
  EVENT(chunk_extension_name_complete);
  EVENT(chunk_extension_value_complete);
  EVENT(chunk_header);
  EVENT(chunk_complete);
  EVENT(reset);
  return settings;
}

}  // namespace

TEST_CASE("llhttp: every callback of a request is where the declaration says") {
  const llhttp_settings_t settings = AllCallbacks();
  llhttp_t parser;
  Log log;
  llhttp_init(&parser, HTTP_REQUEST, &settings);
  parser.data = &log;
  const std::string input =
      "POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\n\r\n"
      "GET /b HTTP/1.0\r\n\r\n";
  REQUIRE(llhttp_execute(&parser, input.data(), input.size()) == HPE_OK);
  const std::vector<std::string> expected = {"message_begin",
                                             "method:POST",
                                             "method_complete",
                                             "url:/a",
                                             "url_complete",
                                             "protocol:HTTP",
                                             "protocol_complete",
                                             "version:1.1",
                                             "version_complete",
                                             "header_field:Transfer-Encoding",
                                             "header_field_complete",
                                             "header_value:chunked",
                                             "header_value_complete",
                                             "headers_complete",
                                             "chunk_extension_name:x",
                                             "chunk_extension_name_complete",
                                             "chunk_extension_value:y",
                                             "chunk_extension_value_complete",
                                             "chunk_header",
                                             "body:abc",
                                             "chunk_complete",
                                             "chunk_header",
                                             "chunk_complete",
                                             "message_complete",
                                             "reset",
                                             "message_begin",
                                             "method:GET",
                                             "method_complete",
                                             "url:/b",
                                             "url_complete",
                                             "protocol:HTTP",
                                             "protocol_complete",
                                             "version:1.0",
                                             "version_complete",
                                             "headers_complete",
                                             "message_complete"};
  CHECK(log.events == expected);
  CHECK(parser.settings == &settings);
}

TEST_CASE("llhttp: the callbacks of a response's status line") {
  const llhttp_settings_t settings = AllCallbacks();
  llhttp_t parser;
  Log log;
  llhttp_init(&parser, HTTP_RESPONSE, &settings);
  parser.data = &log;
  const std::string input = "HTTP/1.1 204 Nothing\r\n\r\n";
  REQUIRE(llhttp_execute(&parser, input.data(), input.size()) == HPE_OK);
  CHECK(std::count(log.events.begin(), log.events.end(), "status:Nothing") == 1);
  CHECK(std::count(log.events.begin(), log.events.end(), "status_complete") == 1);
  CHECK(parser.status_code == 204);
}

TEST_CASE("llhttp: the fields of the state") {
  llhttp_settings_t settings;
  llhttp_settings_init(&settings);
  struct Seen {
    uint8_t type, method, major, minor, upgrade;
    uint16_t flags;
    uint64_t content_length;
    int keep_alive;
  };
  static Seen seen;
  settings.on_headers_complete = [](llhttp_t* p) {
    seen = {p->type,    p->method, p->http_major,     p->http_minor,
            p->upgrade, p->flags,  p->content_length, llhttp_should_keep_alive(p)};
    return 0;
  };
  llhttp_t parser;
  llhttp_init(&parser, HTTP_REQUEST, &settings);
  SECTION("length and connection") {
    const std::string input =
        "HEAD / HTTP/1.1\r\nConnection: close, keep-alive\r\nContent-Length: 77\r\n\r\n";
    REQUIRE(llhttp_execute(&parser, input.data(), input.size()) == HPE_OK);
    CHECK(int{seen.type} == HTTP_REQUEST);
    CHECK(int{seen.method} == HTTP_HEAD);
    CHECK(int{seen.major} == 1);
    CHECK(int{seen.minor} == 1);
    CHECK(seen.content_length == 77);
    CHECK(int{seen.flags} == (F_CONNECTION_CLOSE | F_CONNECTION_KEEP_ALIVE | F_CONTENT_LENGTH));
    CHECK(seen.keep_alive == 0);
    CHECK(parser.content_length == 77);
  }
  SECTION("chunks and upgrades") {
    const std::string input =
        "PUT / HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: x\r\nTransfer-Encoding: "
        "chunked\r\n\r\n5\r\nab";
    REQUIRE(llhttp_execute(&parser, input.data(), input.size()) == HPE_OK);
    CHECK(int{seen.upgrade} == 1);
    CHECK(int{seen.flags} == (F_CONNECTION_UPGRADE | F_UPGRADE | F_CHUNKED | F_TRANSFER_ENCODING));
    CHECK(parser.content_length == 3);
  }
  SECTION("errors") {
    const std::string input = "GET / HTTP/1.1\r\nbad name: x\r\n\r\n";
    REQUIRE(llhttp_execute(&parser, input.data(), input.size()) == HPE_INVALID_HEADER_TOKEN);
    CHECK(parser.error == HPE_INVALID_HEADER_TOKEN);
    CHECK(std::string(parser.reason) == "Invalid header token");
    CHECK(*parser.error_pos == ' ');
    CHECK(std::string(llhttp_errno_name(HPE_INVALID_HEADER_TOKEN)) == "HPE_INVALID_HEADER_TOKEN");
  }
  for (const auto& [method, name] : {std::pair{HTTP_GET, "GET"},
                                     {HTTP_HEAD, "HEAD"},
                                     {HTTP_POST, "POST"},
                                     {HTTP_CONNECT, "CONNECT"},
                                     {HTTP_OPTIONS, "OPTIONS"},
                                     {HTTP_TRACE, "TRACE"}}) {
    CHECK(std::string(llhttp_method_name(method)) == name);
  }
}

TEST_CASE("llhttp: every error number has the name that the declaration gives it") {
#define NAME(number) CHECK(std::string(llhttp_errno_name(number)) == #number)
  NAME(HPE_OK);
  NAME(HPE_INTERNAL);
  NAME(HPE_STRICT);
  NAME(HPE_LF_EXPECTED);
  NAME(HPE_UNEXPECTED_CONTENT_LENGTH);
  NAME(HPE_CLOSED_CONNECTION);
  NAME(HPE_INVALID_METHOD);
  NAME(HPE_INVALID_URL);
  NAME(HPE_INVALID_CONSTANT);
  NAME(HPE_INVALID_VERSION);
  NAME(HPE_INVALID_HEADER_TOKEN);
  NAME(HPE_INVALID_CONTENT_LENGTH);
  NAME(HPE_INVALID_CHUNK_SIZE);
  NAME(HPE_INVALID_STATUS);
  NAME(HPE_INVALID_EOF_STATE);
  NAME(HPE_INVALID_TRANSFER_ENCODING);
  NAME(HPE_CB_MESSAGE_BEGIN);
  NAME(HPE_CB_HEADERS_COMPLETE);
  NAME(HPE_CB_MESSAGE_COMPLETE);
  NAME(HPE_PAUSED);
  NAME(HPE_PAUSED_UPGRADE);
  NAME(HPE_PAUSED_H2_UPGRADE);
  NAME(HPE_USER);
  NAME(HPE_CR_EXPECTED);
  NAME(HPE_UNEXPECTED_SPACE);
#undef NAME
}

TEST_CASE("llhttp: a body callback can pause, inside the input and at its end") {
  llhttp_settings_t settings;
  llhttp_settings_init(&settings);
  settings.on_body = [](llhttp_t* parser, const char* at, size_t length) -> int {
    if (length == 0) return 0;
    LogOf(parser).events.emplace_back(at, length);
    return HPE_PAUSED;
  };
  llhttp_t parser;
  Log log;
  llhttp_init(&parser, HTTP_REQUEST, &settings);
  parser.data = &log;
  const std::string head = "PUT / HTTP/1.1\r\nContent-Length: 5\r\n\r\n";
  const std::string input = head + "abc";
  REQUIRE(llhttp_execute(&parser, input.data(), input.size()) == HPE_PAUSED);
  CHECK(parser.error_pos == input.data() + input.size());
  llhttp_resume(&parser);
  REQUIRE(llhttp_execute(&parser, "", 0) == HPE_OK);
  const std::string rest = "deGET";
  REQUIRE(llhttp_execute(&parser, rest.data(), rest.size()) == HPE_PAUSED);
  CHECK(parser.error_pos == rest.data() + 2);
  CHECK(log.events == std::vector<std::string>{"abc", "de"});
}
