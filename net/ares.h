// The documented C interface of c-ares 1.34 (https://c-ares.org), which the engine's executable
// exports and ships no header for: only what is needed to look names up. The layout of the
// structures is c-ares' own and frozen by it; tests/unit/net/resolver.test.cc uses every member
// declared here. Included by the resolver only. Thread: that of the channel's owner.
#pragma once

#include <sys/socket.h>
#include <sys/time.h>

#include <cstddef>

extern "C" {

enum ares_status {
  ARES_SUCCESS = 0,
  ARES_ENODATA = 1,
  ARES_ENOTFOUND = 4,
  ARES_EBADNAME = 8,
  ARES_ECONNREFUSED = 11,
  ARES_ETIMEOUT = 12,
  ARES_EDESTRUCTION = 16,
  ARES_ENONAME = 19,
  ARES_ECANCELLED = 24,
  ARES_ENOSERVER = 26,
};

enum ares_option : unsigned {
  ARES_OPT_TRIES = 1u << 2,
  ARES_OPT_SOCK_STATE_CB = 1u << 9,
  ARES_OPT_TIMEOUTMS = 1u << 13,
  ARES_OPT_HOSTS_FILE = 1u << 18,
  ARES_OPT_QUERY_CACHE = 1u << 21,
};

enum ares_ai_flag : unsigned { ARES_AI_NOSORT = 1u << 7 };

constexpr int ARES_SOCKET_BAD = -1;

struct ares_channeldata;

struct ares_options {
  int flags;
  int timeout;  // In milliseconds, by ARES_OPT_TIMEOUTMS.
  int tries;
  int ndots;
  unsigned short udp_port;
  unsigned short tcp_port;
  int socket_send_buffer_size;
  int socket_receive_buffer_size;
  struct in_addr* servers;
  int nservers;
  char** domains;
  int ndomains;
  char* lookups;
  void (*sock_state_cb)(void* data, int socket, int readable, int writable);
  void* sock_state_cb_data;
  struct apattern* sortlist;
  int nsort;
  int ednspsz;
  char* resolvconf_path;
  char* hosts_path;
  int udp_max_queries;
  int maxtimeout;
  unsigned int qcache_max_ttl;  // 0: c-ares keeps no answers.
  int evsys;
  struct {
    unsigned char retry_chance;
    int retry_delay;
  } server_failover_opts;
};

struct ares_addrinfo_node {
  int ai_ttl;  // In seconds.
  int ai_flags;
  int ai_family;
  int ai_socktype;
  int ai_protocol;
  socklen_t ai_addrlen;
  sockaddr* ai_addr;
  ares_addrinfo_node* ai_next;
};

struct ares_addrinfo {
  void* cnames;
  ares_addrinfo_node* nodes;
  char* name;
};

struct ares_addrinfo_hints {
  unsigned ai_flags;
  int ai_family;
  int ai_socktype;
  int ai_protocol;
};

typedef void (*ares_addrinfo_callback)(void* argument, int status, int timeouts,
                                       ares_addrinfo* result);

int ares_library_init(int flags);
int ares_init_options(ares_channeldata** channel, const ares_options* options, int mask);
void ares_destroy(ares_channeldata* channel);
int ares_reinit(ares_channeldata* channel);
int ares_set_servers_ports_csv(ares_channeldata* channel, const char* servers);
void ares_getaddrinfo(ares_channeldata* channel, const char* node, const char* service,
                      const ares_addrinfo_hints* hints, ares_addrinfo_callback callback,
                      void* argument);
void ares_freeaddrinfo(ares_addrinfo* result);
timeval* ares_timeout(ares_channeldata* channel, timeval* most, timeval* storage);
void ares_process_fd(ares_channeldata* channel, int readable, int writable);
const char* ares_strerror(int status);

}  // extern "C"
