# A service manager, as far as a test needs one.
#
#   perl service-manager.pl SOCKET                       prints each message that comes to SOCKET, as a line
#   perl service-manager.pl --give NAMES PORT… -- COMMAND…   opens ports and runs the command with their sockets
#
# NAMES are those of the sockets (LISTEN_FDNAMES). PORT 0 is any; "udp" is a socket of the wrong kind.
use strict;
use warnings;
use Fcntl;
use POSIX ();
use Socket;

if ($ARGV[0] ne "--give") {
    my $path = $ARGV[0];
    $path =~ s/^@/\0/;
    socket(my $socket, AF_UNIX, SOCK_DGRAM, 0) or die "socket: $!";
    bind($socket, pack_sockaddr_un($path)) or die "bind: $!";
    $| = 1;
    print "listening\n";
    while (defined recv($socket, my $text, 4096, 0)) {
        $text =~ s/\n/ | /g;
        print "$text\n";
    }
    exit 1;
}

shift @ARGV;
$ENV{LISTEN_FDNAMES} = shift @ARGV;
delete $ENV{LISTEN_FDNAMES} if $ENV{LISTEN_FDNAMES} eq "";
my @sockets;
while ((my $port = shift @ARGV) ne "--") {
    my $type = $port eq "udp" ? SOCK_DGRAM : SOCK_STREAM;
    socket(my $socket, AF_INET, $type, 0) or die "socket: $!";
    bind($socket, pack_sockaddr_in($port eq "udp" ? 0 : $port, INADDR_LOOPBACK)) or die "bind: $!";
    listen($socket, 128) or die "listen: $!" if $type == SOCK_STREAM;
    push @sockets, $socket;
}
# Out of the way of their places, then into them: they are inherited there.
my @copies = map { fcntl($_, F_DUPFD, 100) or die "dup: $!" } @sockets;
for my $i (0 .. $#copies) { POSIX::dup2($copies[$i], 3 + $i) or die "dup2: $!" }
POSIX::close($_) for @copies;
$ENV{LISTEN_FDS} = scalar @copies;
$ENV{LISTEN_PID} = $$;
exec @ARGV or die "exec: $!";
