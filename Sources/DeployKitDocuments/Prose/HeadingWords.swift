// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// What the headings above some lines say of the thresholds in them, found out once for all.
final class HeadingWords {
    private let headings: [String]

    /// The words of these headings, outermost first.
    init(_ headings: [String]) {
        self.headings = headings
    }

    /// Whether a bare value is a bound below them.
    private(set) lazy var expectBounds = headings.contains {
        ThresholdWords.metricHeadings.occurInAnyCase(in: $0)
    }

    /// The role of the lines, by the innermost heading that decides about one.
    private(set) lazy var role = headings.reversed().lazy
        .compactMap { ThresholdWords.role(ofHeading: $0) }.first

    /// The statistic that the innermost heading names.
    private(set) lazy var statistic = headings.last.flatMap {
        ThresholdReader.statisticWords.occurInAnyCase(in: $0)
            ? ThresholdReader($0, ThresholdPhrase.Context()).statistic : nil
    }

    /// What the innermost heading names besides.
    private(set) lazy var metric = headings.last.map(ThresholdReader.cleaned).flatMap {
        $0.isEmpty ? nil : $0
    }
}
