// DeployKit
// SPDX-License-Identifier: Apache-2.0

// Makes and checks proofs and signed notes with golang.org/x/mod/sumdb, for the tests.
//
//	deploykit-sumdb make SIZE       every proof of the trees of 1 to SIZE leaves, one a line
//	deploykit-sumdb check FILE      checks such lines
//	deploykit-sumdb open VKEY FILE  prints the text of a note that VKEY signed
//	deploykit-sumdb sign SKEY FILE  prints the note of a text
//
// The lines are those of Tests/Oracles/proofs.py.
package main

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 2 && args[0] == "make":
		size, err := strconv.ParseInt(args[1], 10, 64)
		if err != nil {
			return err
		}
		return makeProofs(size)
	case len(args) == 2 && args[0] == "check":
		return check(args[1])
	case len(args) == 3 && args[0] == "open":
		return open(args[1], args[2])
	case len(args) == 3 && args[0] == "sign":
		return sign(args[1], args[2])
	}
	return fmt.Errorf("usage: make SIZE | check FILE | open VKEY FILE | sign SKEY FILE")
}

func makeProofs(largest int64) error {
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var hashes []tlog.Hash
		for _, index := range indexes {
			hashes = append(hashes, stored[index])
		}
		return hashes, nil
	})
	out := bufio.NewWriter(os.Stdout)
	var roots []tlog.Hash
	for size := int64(1); size <= largest; size++ {
		more, err := tlog.StoredHashes(size-1, []byte(fmt.Sprintf("entry %d", size-1)), reader)
		if err != nil {
			return err
		}
		stored = append(stored, more...)
		root, err := tlog.TreeHash(size, reader)
		if err != nil {
			return err
		}
		roots = append(roots, root)
		for index := int64(0); index < size; index++ {
			proof, err := tlog.ProveRecord(size, index, reader)
			if err != nil {
				return err
			}
			leaf := tlog.RecordHash([]byte(fmt.Sprintf("entry %d", index)))
			printLine(out, "inclusion", index, size, leaf, root, proof)
		}
		for old := int64(1); old <= size; old++ {
			proof, err := tlog.ProveTree(size, old, reader)
			if err != nil {
				return err
			}
			printLine(out, "consistency", old, size, roots[old-1], root, proof)
		}
	}
	return out.Flush()
}

func printLine(out *bufio.Writer, kind string, place, size int64, first, second tlog.Hash, proof []tlog.Hash) {
	fmt.Fprintf(out, "%s %d %d", kind, place, size)
	for _, hash := range append([]tlog.Hash{first, second}, proof...) {
		fmt.Fprintf(out, " %s", hex.EncodeToString(hash[:]))
	}
	fmt.Fprintln(out)
}

func check(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	counts := map[string]int{}
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) < 5 {
			return fmt.Errorf("%q is no line of a proof", lines.Text())
		}
		place, err := strconv.ParseInt(fields[1], 10, 64)
		if err != nil {
			return err
		}
		size, err := strconv.ParseInt(fields[2], 10, 64)
		if err != nil {
			return err
		}
		var hashes []tlog.Hash
		for _, field := range fields[3:] {
			bytes, err := hex.DecodeString(field)
			if err != nil || len(bytes) != tlog.HashSize {
				return fmt.Errorf("%q is no hash", field)
			}
			var hash tlog.Hash
			copy(hash[:], bytes)
			hashes = append(hashes, hash)
		}
		if fields[0] == "inclusion" {
			err = tlog.CheckRecord(hashes[2:], size, hashes[1], place, hashes[0])
		} else {
			err = tlog.CheckTree(hashes[2:], size, hashes[1], place, hashes[0])
		}
		if err != nil {
			return fmt.Errorf("%s %d of %d: %w", fields[0], place, size, err)
		}
		counts[fields[0]]++
	}
	if err := lines.Err(); err != nil {
		return err
	}
	fmt.Printf("%d inclusion, %d consistency\n", counts["inclusion"], counts["consistency"])
	return nil
}

func open(vkey, path string) error {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	opened, err := note.Open(data, note.VerifierList(verifier))
	if err != nil {
		return err
	}
	fmt.Print(opened.Text)
	return nil
}

func sign(skey, path string) error {
	signer, err := note.NewSigner(skey)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	signed, err := note.Sign(&note.Note{Text: string(text)}, signer)
	if err != nil {
		return err
	}
	os.Stdout.Write(signed)
	return nil
}
