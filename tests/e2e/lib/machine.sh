#!/bin/bash
# A machine of its own whose first process is the systemd of this one, for tests of services: in namespaces of
# processes, mounts, hosts, networks, and control groups, with a copy of this machine's files in memory.
#
#   machine.sh FOLDER TREE     FOLDER is an empty one for mounts; TREE is copied over the machine's root
#
# Prints the process id of its systemd, and ends, with everything in it, with its own standard input. Needs
# root, and a kernel that has overlayfs and control groups of version 2.
set -euo pipefail
if [ "${MACHINE_NAMESPACE-}" = "" ]; then
  # Mounts that are seen by nobody else, and are gone with the last process in here.
  MACHINE_NAMESPACE=1 exec unshare --mount --propagation private "$0" "$@"
fi
folder=$1
tree=$2

mount -t tmpfs tmpfs "$folder"
mkdir "$folder"/{groups,upper,work,root}
mount -t cgroup2 cgroup2 "$folder/groups"
group=$folder/groups/nano-machine-$$
mkdir "$group"
# shellcheck disable=SC2317 # It is called by the trap.
end() {
  # systemd's end is that of all others in its namespace.
  [ -z "${systemd-}" ] || kill -KILL "$systemd" 2> /dev/null || true
  wait || true
  # Those that have just ended may be counted still.
  for _ in {1..100}; do
    find "$group" -depth -type d -exec rmdir {} + 2> /dev/null && break
    sleep 0.05
  done
}
trap end EXIT

# By another process, so that this one is in the group that it began in.
# shellcheck disable=SC2016 # Expanded by that one.
bash -euc '
  folder=$1 tree=$2
  echo $$ > "$3/cgroup.procs"
  mount -t overlay overlay -o "lowerdir=/,upperdir=$folder/upper,workdir=$folder/work" "$folder/root"
  cp -a "$tree"/* "$folder/root/"
  exec unshare --pid --fork --kill-child --mount --uts --ipc --net --cgroup bash -euc "
    cd \"\$1/root\"
    mount -t proc proc proc
    mount -t sysfs -o ro sysfs sys
    mount -t cgroup2 cgroup2 sys/fs/cgroup
    for each in run dev; do mount -t tmpfs -o mode=755 tmpfs \$each; done
    mount -t tmpfs tmpfs tmp
    for each in null zero full random urandom tty; do touch dev/\$each; mount --bind /dev/\$each dev/\$each; done
    mkdir dev/shm dev/pts
    mount -t devpts -o newinstance,ptmxmode=666 devpts dev/pts
    ln -s pts/ptmx dev/ptmx
    ln -s /proc/self/fd dev/fd
    # The kernel is shared: nobody in here changes its settings or loads modules.
    mount --bind -o ro proc/sys proc/sys
    # None of the services of this machine.
    rm -rf etc/systemd/system/* etc/fstab
    ln -s /dev/null etc/systemd/system/systemd-modules-load.service
    pivot_root . tmp
    umount -l tmp
    exec env -i container=nano PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
      /lib/systemd/systemd --system --unit=basic.target
  " machine "$folder"
' machine "$folder" "$tree" "$group" < /dev/null > /dev/null &
unshare=$!

for _ in {1..1000}; do
  read -r systemd _ < "/proc/$unshare/task/$unshare/children" || true
  if [ -n "${systemd-}" ] && [ "$(readlink "/proc/$systemd/exe")" = /usr/lib/systemd/systemd ]; then
    echo "$systemd"
    cat > /dev/null
    exit
  fi
  kill -0 "$unshare" 2> /dev/null || break
  sleep 0.01
done
echo "machine.sh: systemd does not start" >&2
exit 1
