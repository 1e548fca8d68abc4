// What the names of files tell: their types, and whether they have a hash.
#include <catch2/catch.hpp>
#include <string_view>
#include <vector>

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

bool HasHash(std::string_view name) { return HashedNames({name}).front(); }

TEST_CASE("hashes in names", "[assets]") {
  for (const char* hashed : {
           "/main.8e0d62a3.js",
           "/static/js/main.8f3e2b1c.chunk.js",
           "/787.1a2b3c4d.chunk.js",
           "/app.3f9d2c1a.min.css",
           "/assets/index-B1k3c8Qa.js",
           "/assets/index-B1k3c8Qa.js.map",
           "/assets/index.BxR4k9Qz.css",
           "/assets/a.b9kZ_x3Q.js",
           "/main-5BXJMGFN.js",
           "/main-ABCDEFGH.js",
           "/styles-5INURTSO.css",
           "/lazy-QW3RT5YU.js",
           "/_next/static/chunks/main-0f1c9a7e2b.js",
           "/_next/static/media/a34f9d1faa5f3315-s.p.woff2",
           "/_astro/hoisted.D3f9K2xQ.css",
           "/_astro/hoisted.B_9kZ-x3.js",
           "/_astro/index.DqWoUmYf.css",
           "/_nuxt/B1k3c8Qa.js",
           "/_nuxt/entry.DiwrgTda.css",
           "/_app/immutable/chunks/DiwrgTda.js",
           "/img/logo.3f2a1b9c8d7e.svg",
           "/runtime.d41d8cd98f00b204e9800998ecf8427e.js",
           "/static/media/d41d8cd98f00b204e980.png",
       }) {
    CAPTURE(hashed);
    CHECK(HasHash(hashed));
  }
  for (const char* plain : {
           "/index.html",
           "/page-8e0d62a3.html",
           "/assets/page-B1k3c8Qa.html",
           "/_next/static/page.html",
           "/report-20240101.pdf",
           "/photo-20240101a.jpg",
           "/photo-1200x800.jpg",
           "/download/app-3f9d2c1a.zip",
           "/uploads/65a1b2c3d4e5f60718293a4b.jpg",
           "/deadbeef.js",
           "/assets/setup-Win10x64.exe",
           "/assets/setup-Win10x64.png",
           "/assets/jquery-validate.js",
           "/assets/theme-DarkMode.css",
           "/assets/component-MyAppBar.js",
           "/assets/photo-A1-b2-C3.png",
           "/assets/jquery-validation.js",
           "/assets/DashBoard.js",
           "/assets/hero-iphone15promax.png",
           "/assets/lib-VERSION2.js",
           "/jquery-3.6.0.min.js",
           "/assets/index-DiwrgTda.css",  // Without a digit, and alone: in doubt.
           "/index.BxR4k9Qz.css",
           "/_nuxt/builds/latest.json",
           "/B1k3c8Qa.js",
           "/",
           "",
       }) {
    CAPTURE(plain);
    CHECK_FALSE(HasHash(plain));
  }
}

TEST_CASE("a folder's scripts and styles speak for each other", "[assets]") {
  CHECK(HashedNames({"/assets/index-DiwrgTda.css", "/assets/index-B1k3c8Qa.js", "/assets/logo.svg",
                     "/assets/icon-AppStore.png"}) == std::vector<bool>{true, true, false, false});
  // One that has none, and what is in another folder.
  CHECK(HashedNames({"/assets/index-DarkMode.css", "/assets/index-B1k3c8Qa.js",
                     "/assets/app.js"}) == std::vector<bool>{false, true, false});
  CHECK(HashedNames({"/assets/x/a-DarkMode.css", "/assets/index-B1k3c8Qa.js"}) ==
        std::vector<bool>{false, true});
}

}  // namespace
}  // namespace nano::assets
