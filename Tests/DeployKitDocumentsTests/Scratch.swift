// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import Foundation
import Glibc

// Foundation has types of the same names.
typealias Measurement = DeployKit.Measurement
typealias Unit = DeployKit.Unit

/// A folder of its own to call other programs in; it goes with the last reference.
final class Scratch {
    let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("deploykit-scratch-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    func write(_ text: String, _ name: String) throws {
        try Data(text.utf8).write(to: folder.appendingPathComponent(name))
    }

    /// Runs a line of shell in the folder.
    func run(_ command: String) throws -> (status: Int32, output: String) {
        let status = system("cd '\(folder.path)' && { \(command)\n} >output.txt 2>&1")
        let output = try String(
            contentsOf: folder.appendingPathComponent("output.txt"),
            encoding: .utf8
        )
        return ((status >> 8) & 0xFF, output)
    }

    /// Whether a program is there.
    static func has(_ program: String) -> Bool {
        system("command -v \(program) >/dev/null 2>&1") == 0
    }

    /// Whether a module of Python is there.
    static func hasModule(_ name: String) -> Bool {
        system("python3 -c 'import \(name)' 2>/dev/null") == 0
    }

    /// A number out of the environment, by which long campaigns are asked for.
    static func count(_ name: String) -> Int? {
        ProcessInfo.processInfo.environment[name].flatMap { Int($0) }
    }
}
