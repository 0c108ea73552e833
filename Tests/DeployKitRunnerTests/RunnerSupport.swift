// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitRunner
import Glibc

/// FNV-1a in four lanes: enough to compare what was digested.
struct LaneDigester: ByteDigester {
    private var lanes: [UInt64] = [1, 2, 3, 4]

    mutating func update(_ bytes: [UInt8]) {
        for byte in bytes {
            for lane in 0..<4 { lanes[lane] = (lanes[lane] ^ UInt64(byte)) &* 0x100_0000_01B3 }
        }
    }

    func finish() -> Digest {
        Digest(bytes: lanes.flatMap { lane in (0..<8).map { UInt8(lane >> ($0 * 8) & 255) } })
            ?? Digest(hex: String(repeating: "0", count: 64)).unsafelyUnwrapped
    }
}

/// A directory that is removed at the end.
final class TemporaryDirectory: Sendable {
    let path: String

    init() {
        var template = Array("/tmp/deploykit-test-XXXXXX".utf8CString)
        path = mkdtemp(&template).map { String(cString: $0) } ?? "/tmp"
    }

    deinit {
        guard let directory = opendir(path) else { return }
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            unlink("\(path)/\(name)")
        }
        closedir(directory)
        rmdir(path)
    }

    func holds(_ name: String) -> Bool { access("\(path)/\(name)", F_OK) == 0 }

    func write(_ text: String, to name: String, mode: mode_t = 0o600) -> String {
        let file = "\(path)/\(name)"
        if let stream = fopen(file, "w") {
            fputs(text, stream)
            fclose(stream)
        }
        chmod(file, mode)
        return file
    }
}

let plainEnvironment = ["PATH": "/usr/bin:/bin", "LC_ALL": "C"]

/// A bash script with the environment most tests want.
func script(
    _ text: String,
    environment: [String: String] = plainEnvironment,
    timeout: Duration? = .seconds(10),
    grace: Duration = .milliseconds(500),
    attempt: String? = nil,
    secrets: [Secret] = []
) -> Invocation {
    Invocation(
        .script(text, interpreter: Invocation.bash),
        environment: environment,
        directory: "/tmp",
        timeout: timeout,
        grace: grace,
        secrets: secrets,
        attempt: attempt
    )
}

/// Whether a process exists and is no zombie.
func isRunning(_ process: Int32) -> Bool {
    guard let stream = fopen("/proc/\(process)/stat", "r") else { return false }
    defer { fclose(stream) }
    var line = [CChar](repeating: 0, count: 512)
    guard fgets(&line, 512, stream) != nil else { return false }
    let text = line.withUnsafeBufferPointer { bytes in
        String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
    return !text.contains(") Z ")
}
