// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// How many points the scored metrics have, of how many: a report, which decides nothing.
///
/// As with Keptn, a metric that meets its target has all its points, one that is off target or warns
/// has half of them, and one that is critical or not measured has none.
public struct MetricScore: Hashable, Sendable, CustomStringConvertible {
    /// The points, in halves.
    public let halves: Int
    /// The weights together.
    public let total: Int

    /// The points in percent of all, rounded down.
    public var percent: Int { halves * 50 / total }

    /// Such as `3.5 of 5, 70 %`.
    public var description: String {
        "\(halves / 2)\(halves % 2 == 0 ? "" : ".5") of \(total), \(percent) %"
    }
}

extension Checklist {
    /// The score of a decision, or `nil` when it is about no metric with a weight.
    public func score(of decision: MetricDecision) -> MetricScore? {
        var (halves, total) = (0, 0)
        for finding in decision.findings {
            guard let metric = metrics.first(where: { $0.id == finding.metric }),
                case .scored(let weight) = metric.role
            else { continue }
            // No weight is so large that a sum of them overflows.
            let points = min(weight, 1_000_000)
            total += points
            guard finding.verdict.isComplete else { continue }
            switch finding.verdict.severity {
            case .met: halves += 2 * points
            case .offTarget, .warning: halves += points
            case .critical: break
            }
        }
        return total == 0 ? nil : MetricScore(halves: halves, total: total)
    }
}
