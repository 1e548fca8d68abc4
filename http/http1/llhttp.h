// The documented C interface of llhttp 9.4 (https://llhttp.org), which the engine's executable
// exports and ships no header for. Declares only what is needed to read messages; the layout of the
// two structures is llhttp's own and must match the executable: tests/unit/http/llhttp.test.cc
// drives every callback and field declared here. Included by the two parsers only. Thread: as its
// caller says; nothing is shared between two parsers.
#pragma once

#include <cstddef>
#include <cstdint>

extern "C" {

enum llhttp_errno {
  HPE_OK = 0,
  HPE_INTERNAL = 1,
  HPE_STRICT = 2,
  HPE_LF_EXPECTED = 3,
  HPE_UNEXPECTED_CONTENT_LENGTH = 4,
  HPE_CLOSED_CONNECTION = 5,
  HPE_INVALID_METHOD = 6,
  HPE_INVALID_URL = 7,
  HPE_INVALID_CONSTANT = 8,
  HPE_INVALID_VERSION = 9,
  HPE_INVALID_HEADER_TOKEN = 10,
  HPE_INVALID_CONTENT_LENGTH = 11,
  HPE_INVALID_CHUNK_SIZE = 12,
  HPE_INVALID_STATUS = 13,
  HPE_INVALID_EOF_STATE = 14,
  HPE_INVALID_TRANSFER_ENCODING = 15,
  HPE_CB_MESSAGE_BEGIN = 16,
  HPE_CB_HEADERS_COMPLETE = 17,
  HPE_CB_MESSAGE_COMPLETE = 18,
  HPE_PAUSED = 21,
  HPE_PAUSED_UPGRADE = 22,
  HPE_PAUSED_H2_UPGRADE = 23,
  HPE_USER = 24,
  HPE_CR_EXPECTED = 25,
  HPE_UNEXPECTED_SPACE = 30,
};

enum llhttp_type { HTTP_BOTH = 0, HTTP_REQUEST = 1, HTTP_RESPONSE = 2 };

enum llhttp_method {
  HTTP_GET = 1,
  HTTP_HEAD = 2,
  HTTP_POST = 3,
  HTTP_CONNECT = 5,
  HTTP_OPTIONS = 6,
  HTTP_TRACE = 7,
};

enum llhttp_flags {
  F_CONNECTION_KEEP_ALIVE = 0x1,
  F_CONNECTION_CLOSE = 0x2,
  F_CONNECTION_UPGRADE = 0x4,
  F_CHUNKED = 0x8,
  F_UPGRADE = 0x10,
  F_CONTENT_LENGTH = 0x20,
  F_SKIPBODY = 0x40,
  F_TRAILING = 0x80,
  F_TRANSFER_ENCODING = 0x200,
};

struct llhttp_t {
  int32_t _index;
  void* _span_pos0;
  void* _span_cb0;
  int32_t error;
  const char* reason;
  const char* error_pos;
  void* data;  // The user's.
  void* _current;
  uint64_t content_length;  // What is left of the body or of the chunk.
  uint8_t type;
  uint8_t method;
  uint8_t http_major;
  uint8_t http_minor;
  uint8_t header_state;
  uint16_t lenient_flags;
  uint8_t upgrade;
  uint8_t finish;
  uint16_t flags;
  uint16_t status_code;
  uint8_t initial_message_completed;
  void* settings;
};

typedef int (*llhttp_data_cb)(llhttp_t*, const char* at, size_t length);
typedef int (*llhttp_cb)(llhttp_t*);

struct llhttp_settings_t {
  llhttp_cb on_message_begin;
  llhttp_data_cb on_protocol;
  llhttp_data_cb on_url;
  llhttp_data_cb on_status;
  llhttp_data_cb on_method;
  llhttp_data_cb on_version;
  llhttp_data_cb on_header_field;
  llhttp_data_cb on_header_value;
  llhttp_data_cb on_chunk_extension_name;
  llhttp_data_cb on_chunk_extension_value;
  llhttp_cb on_headers_complete;
  llhttp_data_cb on_body;
  llhttp_cb on_message_complete;
  llhttp_cb on_protocol_complete;
  llhttp_cb on_url_complete;
  llhttp_cb on_status_complete;
  llhttp_cb on_method_complete;
  llhttp_cb on_version_complete;
  llhttp_cb on_header_field_complete;
  llhttp_cb on_header_value_complete;
  llhttp_cb on_chunk_extension_name_complete;
  llhttp_cb on_chunk_extension_value_complete;
  llhttp_cb on_chunk_header;
  llhttp_cb on_chunk_complete;
  llhttp_cb on_reset;
};

void llhttp_init(llhttp_t* parser, llhttp_type type, const llhttp_settings_t* settings);
void llhttp_settings_init(llhttp_settings_t* settings);
llhttp_errno llhttp_execute(llhttp_t* parser, const char* data, size_t length);
llhttp_errno llhttp_finish(llhttp_t* parser);
void llhttp_resume(llhttp_t* parser);
void llhttp_set_lenient_optional_cr_before_lf(llhttp_t* parser, int enabled);
void llhttp_set_lenient_spaces_after_chunk_size(llhttp_t* parser, int enabled);
int llhttp_should_keep_alive(const llhttp_t* parser);
const char* llhttp_errno_name(llhttp_errno error);
const char* llhttp_method_name(llhttp_method method);

}  // extern "C"

#if defined(__LP64__)
static_assert(offsetof(llhttp_t, content_length) == 0x40 && offsetof(llhttp_t, type) == 0x48 &&
              offsetof(llhttp_t, flags) == 0x52 && offsetof(llhttp_t, settings) == 0x58 &&
              sizeof(llhttp_t) == 0x60);
static_assert(offsetof(llhttp_settings_t, on_headers_complete) == 0x50 &&
              offsetof(llhttp_settings_t, on_reset) == 0xc0 && sizeof(llhttp_settings_t) == 0xc8);
#endif
