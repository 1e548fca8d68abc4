// The Date of responses. Owns its text. Thread: the loop's own.
#pragma once

#include <ctime>
#include <string_view>

namespace nano::http {

// "date: Sun, 06 Nov 1994 08:49:37 GMT\r\n" (RFC 9110, section 5.6.7), made once a second.
class DateField {
 public:
  std::string_view Get();

 private:
  time_t second_ = -1;
  char text_[40];
};

}  // namespace nano::http
