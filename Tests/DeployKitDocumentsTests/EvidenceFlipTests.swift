// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments
import Glibc
import Testing

/// The script for auditors, shown a bundle with one byte changed, many times.
@Suite(.enabled(if: EvidenceBundleTests.hasPython, "python3 is not installed"))
struct EvidenceFlipTests {
    private static let driver = """
        import contextlib, io, os, random, sys
        sys.path.insert(0, sys.argv[1])
        sys.dont_write_bytecode = True
        import verify_bundle
        folder, count = sys.argv[2], int(sys.argv[3])
        def verdict():
            with contextlib.redirect_stdout(io.StringIO()):
                try: return verify_bundle.main([folder])
                except Exception: return 1
        if verdict() != 0: sys.exit("the bundle itself is refused")
        paths = sorted(os.path.join(place, name) for place, _, names in os.walk(folder)
                       for name in names)
        chance = random.Random(7)
        for _ in range(count):
            path = chance.choice(paths)
            with open(path, "rb") as file: content = file.read()
            place = chance.randrange(len(content))
            changed = bytes([content[place] ^ chance.randrange(1, 256)])
            with open(path, "wb") as file: file.write(content[:place] + changed + content[place + 1:])
            if verdict() == 0: sys.exit("%s at %d passed" % (path, place))
            with open(path, "wb") as file: file.write(content)
        print("refused all", end="")
        """

    private static let count =
        getenv("DEPLOYKIT_BUNDLE_FLIPS").flatMap { Int(String(cString: $0)) } ?? 200

    @Test func everyChangedByteIsRefused() async throws {
        let (folder, _) = try await EvidenceBundleTests.bundle()
        var template = Array("/tmp/evidence-flips-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        let path = String(
            decoding: template.dropLast().map(UInt8.init(bitPattern:)),
            as: UTF8.self
        )
        defer { _ = system("rm -rf '\(path)'") }
        mkdir("\(path)/b", 0o755)
        mkdir("\(path)/b/definitions", 0o755)
        for (name, bytes) in folder.files.merging(
            ["../driver.py": Array(Self.driver.utf8)],
            uniquingKeysWith: { $1 }
        ) {
            let file = try #require(fopen("\(path)/b/\(name)", "w"))
            _ = fwrite(bytes, 1, bytes.count, file)
            fclose(file)
        }
        let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let command =
            "python3 -B '\(path)/driver.py' '\(root)/Scripts' '\(path)/b' \(Self.count) 2>&1"
        let pipe = try #require(popen(command, "r"))
        var bytes = [UInt8](repeating: 0, count: 1 << 12)
        let length = fread(&bytes, 1, bytes.count, pipe)
        pclose(pipe)
        #expect(String(decoding: bytes[..<length], as: UTF8.self) == "refused all")
    }
}
