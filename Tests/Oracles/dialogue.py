# DeployKit
# SPDX-License-Identifier: Apache-2.0
#
# Plays a person at a terminal of its own.
#
#   dialogue.py COLUMNS STEPS COMMAND WORD…
#
# STEPS is a file: of each line, what stands before the tab is waited for, and what stands behind it
# is typed with a return; `^C` and `^D` are those keys. Everything that the terminal showed is printed,
# and the exit code is that of the command; of a signal, 128 and its number.
import fcntl, os, pty, select, struct, sys, termios, time

columns, steps, command = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
child, terminal = pty.fork()
if child == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    os.environ["TERM"] = "xterm"
    os.execv(command[0], command)

shown, place, end = b"", 0, time.monotonic() + 60


def more():
    global shown
    ready, _, _ = select.select([terminal], [], [], max(0, end - time.monotonic()))
    if not ready:
        sys.exit("dialogue.py: nothing more came; shown so far: %r" % shown[-2000:])
    try:
        data = os.read(terminal, 65536)
    except OSError:
        data = b""
    shown += data
    return bool(data)


for line in open(steps):
    wanted, typed = line.rstrip("\n").split("\t")
    while wanted.encode() not in shown[place:]:
        if not more():
            sys.exit("dialogue.py: it ended before %r: %r" % (wanted, shown[-2000:]))
    place = shown.index(wanted.encode(), place) + len(wanted.encode())
    keys = {"^C": b"\x03", "^D": b"\x04"}.get(typed, typed.encode() + b"\r")
    os.write(terminal, keys)
while more():
    pass
sys.stdout.write(shown.decode().replace("\r\n", "\n"))
_, status = os.waitpid(child, 0)
sys.exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))
