// What the fuzz targets of the client's side begin with: responses as servers send them,
// well-formed or not, and the pieces that mean something in them. Plain data; any thread.
#pragma once

#include <string>
#include <vector>

namespace nano::fuzz {

inline std::vector<std::string> Responses() {
  return {
      // Well-formed.
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nServer: @\r\n\r\n@@@@@",
      "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n"
      "4;n=\"v\"\r\n@@@@\r\nA\r\n@@@@@@@@@@\r\n0\r\nTrailer: @\r\n\r\n",
      "HTTP/1.1 200 OK\r\n\r\n@@@@ until the end",
      "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\n@@@",
      "HTTP/1.0 200 OK\r\n\r\n@@@",
      "HTTP/1.1 204 No Content\r\nKeep-Alive: timeout=5, max=100\r\n\r\n",
      "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\nETag: \"@\"\r\n\r\n",
      "HTTP/1.1 302 Found\r\nLocation: /@\r\nConnection: close\r\nContent-Length: 2\r\n\r\n@@",
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: <@>\r\n\r\n"
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n@",
      "HTTP/1.1 200\nContent-Length: 1\nA:\n\n@",
      "HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 1\r\n\r\n@",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40;" + std::string(600, 'e') + "\r\n" +
          std::string(64, '@') + "\r\n0\r\n\r\n",
      // Malformed, or none at all.
      "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n@@@@",
      "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: "
      "chunked\r\n\r\n3\r\n@@@\r\n0\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n@@@",
      "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n@@@",
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n@@@@@@HTTP/1.1 200 OK\r\n\r\n@",
      "HTTP/1.1 204 No Content\r\n\r\n@@@",
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n@@",
      "HTTP/1.1 200 OK\r\nFolded: @\r\n @\r\nBad name: @\r\n\r\n",
      "HTTP/2.0 200 OK\r\n\r\n@",
      "SSH-2.0-OpenSSH_9.2\r\n",
      "@@@@ in HTTP/0.9",
  };
}

inline std::vector<std::string> ResponseTokens() {
  using namespace std::string_literals;
  return {"\r\n",
          "\r\n\r\n",
          "\n",
          "\r",
          " ",
          "\t",
          ":",
          ",",
          "@",
          "@@@@@@@@",
          "\0"s,
          "0",
          "-",
          "Content-Length: 1\r\n",
          "Content-Length: 18446744073709551615\r\n",
          "Transfer-Encoding: chunked\r\n",
          "Transfer-Encoding:\r\n",
          "Connection: close\r\n",
          "Connection: keep-alive\r\n",
          "Upgrade: websocket\r\nConnection: upgrade\r\n",
          "Keep-Alive: timeout=1\r\n",
          "HTTP/1.1 100 Continue\r\n\r\n",
          "HTTP/1.1 102 P\r\n\r\n",
          "HTTP/1.1 204 N\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n@",
          "HTTP/1.0",
          "HTTP/1.1",
          "0\r\n\r\n",
          "1\r\n@\r\n",
          "000000000000001;\r\n@\r\n",
          "10000000000000000\r\n",
          "ffffffffffffffff\r\n",
          "1;" + std::string(100, 'e') + "=\"@\"\r\n@\r\n"};
}

}  // namespace nano::fuzz
