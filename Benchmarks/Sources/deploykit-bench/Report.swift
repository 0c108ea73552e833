// DeployKit
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The rows of the table, as they come in.
struct Report {
    private(set) var misses = 0

    func begin() {
        print(Self.machine)
        print("")
        print("| Work | Ours | Beside | Ratio | Goal | |")
        print("|---|---|---|---|---|---|")
    }

    mutating func row(
        _ work: String,
        _ ours: String,
        _ beside: String,
        ratio: Double,
        goal: Double
    ) {
        let isMet = ratio <= goal
        if !isMet { misses += 1 }
        print(
            "| \(work) | \(ours) | \(beside) | \(Self.short(ratio)) × | ≤ \(Self.short(goal)) × | "
                + "\(isMet ? "met" : "MISSED") |"
        )
    }

    mutating func row(_ work: String, _ ours: String, limit: String, isMet: Bool) {
        if !isMet { misses += 1 }
        print("| \(work) | \(ours) | | | \(limit) | \(isMet ? "met" : "MISSED") |")
    }

    func note(_ work: String, _ ours: String, _ beside: String = "") {
        print("| \(work) | \(ours) | \(beside) | | | for information |")
    }

    static func micro(_ seconds: Double) -> String { "\(short(seconds * 1e6)) µs" }
    static func milli(_ seconds: Double) -> String { "\(short(seconds * 1e3)) ms" }
    static func second(_ seconds: Double) -> String { "\(short(seconds)) s" }

    static func short(_ value: Double) -> String {
        String(format: value < 10 ? "%.2f" : value < 100 ? "%.1f" : "%.0f", value)
    }

    /// Processor, kernel, and how busy the machine was when the run began.
    private static var machine: String {
        func text(_ path: String) -> String {
            (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""  // absent outside Linux
        }
        let model =
            text("/proc/cpuinfo").split(separator: "\n")
            .first { $0.hasPrefix("model name") }?
            .split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) }
        let load = text("/proc/loadavg").split(separator: " ").prefix(3).joined(separator: " ")
        return "Machine: \(model ?? "unknown processor"), "
            + "\(ProcessInfo.processInfo.activeProcessorCount) cores, kernel "
            + text("/proc/sys/kernel/osrelease").trimmingCharacters(in: .whitespacesAndNewlines)
            + ", load \(load)"
    }
}
