// Finding the build ID (a note of the ELF file that holds this code), and hashing.
#include "compiler/cache/program_digest.h"

#include <link.h>

#include <cstdlib>
#include <cstring>

#include "base/file.h"
#include "compiler/cache/field_hash.h"
#include "runtime/entry.h"
#include "runtime/identity.h"

namespace nano::compiler {
namespace {

constexpr size_t Aligned(size_t length) { return (length + 3) & ~size_t{3}; }

// The build ID among the notes of a segment; empty if there is none.
std::string_view FindBuildId(std::string_view notes) {
  constexpr std::string_view kOwner("GNU\0", 4);
  ElfW(Nhdr) note;
  while (notes.size() >= sizeof(note)) {
    std::memcpy(&note, notes.data(), sizeof(note));
    const size_t description = sizeof(note) + Aligned(note.n_namesz);
    const size_t end = description + Aligned(note.n_descsz);
    if (end > notes.size()) return {};
    if (note.n_type == NT_GNU_BUILD_ID && notes.substr(sizeof(note), note.n_namesz) == kOwner) {
      return notes.substr(description, note.n_descsz);
    }
    notes.remove_prefix(end);
  }
  return {};
}

struct Search {
  uintptr_t code;  // An address in what is looked for.
  std::string build_id;
};

int Visit(dl_phdr_info* object, size_t, void* data) {
  auto& search = *static_cast<Search*>(data);
  bool is_it = false;
  std::string_view found;
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = object->dlpi_phdr[i];
    const uintptr_t begin = object->dlpi_addr + segment.p_vaddr;
    if (segment.p_type == PT_LOAD) {
      is_it |= search.code >= begin && search.code < begin + segment.p_memsz;
    } else if (segment.p_type == PT_NOTE && found.empty()) {
      found = FindBuildId({reinterpret_cast<const char*>(begin), segment.p_memsz});
    }
  }
  if (is_it) search.build_id = found;
  return is_it ? 1 : 0;
}

}  // namespace

Result<std::string> ProgramDigest(std::string_view base_snapshot_digest) {
  Search search{.code = reinterpret_cast<uintptr_t>(&Visit), .build_id = {}};
  dl_iterate_phdr(Visit, &search);
  if (search.build_id.empty()) {
    return Error{"it was linked without a build ID", runtime::LibraryPath(), ""};
  }
  const MappedFile bundler = TRY(MappedFile::Open(runtime::LibraryDirectory() + "/esbuild"));
  const runtime::Identity& engine = runtime::CurrentIdentity();
  FieldHash hash;
  hash.Add(search.build_id);
  hash.Add(engine.v8_version);
  hash.Add(engine.engine_release);
  hash.Add(engine.references_hash);
  hash.Add(engine.base_hash);
  hash.Add(engine.flags);
  hash.Add(base_snapshot_digest);
  hash.Add(bundler.bytes());
  for (const char* name : {"SOURCE_DATE_EPOCH", "NANO_V8_FLAGS", "NODE_PATH"}) {
    const char* value = std::getenv(name);
    hash.Add(value == nullptr ? "" : value);
  }
  return hash.Hex();
}

}  // namespace nano::compiler
