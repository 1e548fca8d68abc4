// One call of the kernel's own: libcap would be a library for that. See capabilities.h.
#include "server/sandbox/capabilities.h"

#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "server/sandbox/errno_reason.h"

namespace nano::server {

Result<void> DropCapabilities() {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {};
  if (syscall(SYS_capset, &header, none) != 0) return ErrnoReason();
  return {};
}

}  // namespace nano::server
