// What the names of files tell: their types, and whether they have a hash.
#include <catch2/catch.hpp>

#include "assets/hashed_name.h"
#include "assets/media_type.h"

namespace nano::assets {
namespace {

TEST_CASE("media types by extension", "[assets]") {
  CHECK(MediaTypeOf("/index.html") == "text/html; charset=utf-8");
  CHECK(MediaTypeOf("/A.JS") == "text/javascript; charset=utf-8");
  CHECK(MediaTypeOf("/a.b/c").empty());
  CHECK(MediaTypeOf("/a.unknown").empty());
  CHECK(MediaTypeOf("/a.tar.gz") == "application/gzip");
  CHECK(MediaTypeOf("/site.webmanifest") == "application/manifest+json");
  CHECK(IsCompressible(MediaTypeOf("/x.svg")));
  CHECK(IsCompressible(MediaTypeOf("/x.json")));
  CHECK(IsCompressible(MediaTypeOf("/x.wasm")));
  CHECK_FALSE(IsCompressible(MediaTypeOf("/x.png")));
  CHECK_FALSE(IsCompressible(MediaTypeOf("/x.woff2")));
}

TEST_CASE("hashes in names", "[assets]") {
  for (const char* hashed : {
           "/main.8e0d62a3.js",
           "/assets/index-B1k3c8Qa.js",
           "/assets/index-B1k3c8Qa.js.map",
           "/_next/static/chunks/main-0f1c9a7e2b.js",
           "/_astro/hoisted.D3f9K2xQ.css",
           "/_nuxt/B1k3c8Qa.js",
           "/img/logo.3f2a1b9c8d7e.svg",
           "/runtime.d41d8cd98f00b204e9800998ecf8427e.js",
       }) {
    CAPTURE(hashed);
    CHECK(HasHash(hashed));
  }
  for (const char* plain : {
           "/index.html",
           "/report-20240101.pdf",
           "/photo-1200x800.jpg",
           "/deadbeef.js",
           "/assets/jquery-validation.js",
           "/assets/DashBoard.js",
           "/assets/hero-iphone15promax.png",
           "/jquery-3.6.0.min.js",
           "/assets/index-DiwrgTda.js",  // Without a digit: in doubt.
           "/_nuxt/builds/latest.json",
           "/B1k3c8Qa.js",
           "/",
           "",
       }) {
    CAPTURE(plain);
    CHECK_FALSE(HasHash(plain));
  }
}

}  // namespace
}  // namespace nano::assets
