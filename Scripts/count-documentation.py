#!/usr/bin/env python3
# DeployKit
# SPDX-License-Identifier: Apache-2.0
#
# Counts the public symbols that have a doc comment, from the symbol graphs of the compiler, and fails
# when one has none. A comment of white space is none.
#
#   count-documentation.py FOLDER      with a folder of *.symbols.json for each library
import json, os, sys

missing = total = 0
for library in sorted(os.listdir(sys.argv[1])):
    folder = os.path.join(sys.argv[1], library)
    found = lacking = 0
    for name in sorted(os.listdir(folder)):
        for symbol in json.load(open(os.path.join(folder, name)))["symbols"]:
            # What another module declares is documented there.
            if symbol["identifier"]["precise"].startswith("s:e:"):
                continue
            found += 1
            lines = symbol.get("docComment", {}).get("lines", [])
            if any(line["text"].strip() for line in lines):
                continue
            lacking += 1
            place = symbol.get("location", {})
            print("undocumented: %s %s (%s:%d)" % (
                library, ".".join(symbol["pathComponents"]),
                place.get("uri", "?").split("/Sources/")[-1],
                place.get("position", {}).get("line", -1) + 1))
    if not found:
        sys.exit("count-documentation: no symbols of %s: is it built?" % library)
    print("documented: %s %d of %d public symbols" % (library, found - lacking, found))
    missing, total = missing + lacking, total + found
if not total:
    sys.exit("count-documentation: no symbol graphs in %s" % sys.argv[1])
sys.exit(1 if missing else 0)
