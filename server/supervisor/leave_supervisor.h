// For a child that the supervisor forked: how it gets rid of what is the supervisor's, without a
// word to those whom it speaks to. Thread: the child's only one.
#pragma once

#include <uv.h>

#include <set>

namespace nano::server {

// Closes all handles of a loop and the loop itself; whoever made the handles hears nothing of it.
// The loop must be the child's already (uv_loop_fork).
void AbandonLoop(uv_loop_t* loop);

// Closes all sockets, files, folders and watches of files of this process but those, and standard
// input and output: who waits for the end of a connection, or for the space of a file that was
// removed, is not to wait for a child.
void CloseInheritedBut(const std::set<int>& kept);

}  // namespace nano::server
