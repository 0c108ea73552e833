# DeployKit
# SPDX-License-Identifier: Apache-2.0
#
# Types into an interactive shell on a terminal of its own, as a person does.
#
#   tab.py SHELL LINE…
#
# SHELL is bash, zsh or fish, with `deploykit` on the PATH. Each LINE is typed with a tab behind it.
# What the shell makes of it is printed as the words of the line, each as <word>, one line each.
import os, pty, select, sys, time

SHELLS = {
    "bash": (["bash", "--norc", "--noprofile", "-i"],
             "source <(deploykit completion bash); PS1='READY''>'; bind 'set bell-style none'"),
    "zsh": (["zsh", "-f", "-i"],
            "autoload -Uz compinit; compinit -u -d $HOME/dump; "
            "source <(deploykit completion zsh); unsetopt beep; PS1='READY''>'"),
    "fish": (["fish", "--no-config", "-i"],
             "deploykit completion fish | source; function fish_prompt; echo 'READY''>'; end"),
}


def read(terminal, until, seconds=60):
    seen, end = b"", time.monotonic() + seconds
    while until not in seen:
        ready, _, _ = select.select([terminal], [], [], max(0, end - time.monotonic()))
        if not ready:
            sys.exit("tab.py: no %r within %d s in %r" % (until, seconds, seen[-2000:]))
        try:
            seen += os.read(terminal, 65536)
        except OSError:
            sys.exit("tab.py: the shell ended: %r" % seen[-2000:])
    return seen


command, setup = SHELLS[sys.argv[1]]
child, terminal = pty.fork()
if child == 0:
    os.environ.update(TERM="xterm", COLUMNS="200", LINES="50")
    os.execvp(command[0], command)
os.write(terminal, setup.encode() + b"\r")
read(terminal, b"READY>")
for number, line in enumerate(sys.argv[2:]):
    # A shell reads what is typed in order: the tab is done with before the line is changed at its
    # beginning, so that it prints itself and is not carried out.
    mark = "END%d" % number
    head = "printf '<%%s>' 'BEGIN''%d' " % number
    tail = b" END''%d" % number
    os.write(terminal, line.encode() + b"\t\x01" + head.encode() + b"\x05" + tail + b"\r")
    seen = read(terminal, b"<%s>" % mark.encode()).decode()
    words = seen.rsplit("<BEGIN%d>" % number, 1)[1].split("<%s>" % mark)[0]
    print("".join(words.splitlines()))
os.write(terminal, b"exit\r")
