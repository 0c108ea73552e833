// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension LintRule {
    /// The rules about a definition alone, however it is written, by name.
    public static let definition: [LintRule] = [
        approvalAfterEffect, bandsClear, bandsCriticalOutsideWarning, bandsDimension,
        bandsDirection, bandsOverlap, irreversibleUngated, levelUnverified, outputReadBeforeWritten,
        percentOfOne, secretInCommand, triggerWithoutMetric, unboundPlaceholder, unreachableBand,
        unsatisfiableSignOff,
    ]

    /// An approval that is asked for when what it approves has been done.
    public static let approvalAfterEffect = LintRule(
        "approval-after-effect",
        .warning,
        "An approval is asked for only after a step that changes the world, so that it approves "
            + "what has happened."
    )

    /// A value that clears what it violates.
    public static let bandsClear = LintRule(
        "bands-clear",
        .warning,
        "A value clears a band that it violates, or satisfies the target and does not clear it, so "
            + "that an alarm flaps or never ends."
    )

    /// A critical value that is no warning.
    public static let bandsCriticalOutsideWarning = LintRule(
        "bands-critical-outside-warning",
        .warning,
        "A value is critical without being a warning, so that nobody is warned on the way there."
    )

    /// Bounds that measure different things.
    public static let bandsDimension = LintRule(
        "bands-dimension",
        .warning,
        "The bounds of one metric measure different things, so that no value can be judged by all "
            + "of them."
    )

    /// A bound on the wrong side.
    public static let bandsDirection = LintRule(
        "bands-direction",
        .warning,
        "A bound faces against its metric's direction, so that better values are judged worse."
    )

    /// A value that is good and bad.
    public static let bandsOverlap = LintRule(
        "bands-overlap",
        .warning,
        "A value satisfies the target and violates a band, so that it is good and bad at once."
    )

    /// Nothing stops a step that cannot be undone.
    public static let irreversibleUngated = LintRule(
        "irreversible-ungated",
        .warning,
        "A step that cannot be undone has neither a sign-off nor another environment's success "
            + "before it, so that nobody is asked whether it should happen."
    )

    /// A way back whose success nobody checks.
    public static let levelUnverified = LintRule(
        "level-unverified",
        .warning,
        "A rollback level says nowhere how to see that it worked, so that going back may fail "
            + "unnoticed."
    )

    /// An output that is used before it is there.
    public static let outputReadBeforeWritten = LintRule(
        "output-read-before-written",
        .warning,
        "A command reads an output that only a later step produces, so that it runs with an old "
            + "value or with none."
    )

    /// A part of 1 that is written as a part of 100.
    public static let percentOfOne = LintRule(
        "percent-of-one",
        .warning,
        "A bound asks for 1 % or less of what should be high, which is probably a part of 1 that got "
            + "a percent sign, so that everything passes."
    )

    /// A secret that everybody who reads the page knows.
    public static let secretInCommand = LintRule(
        "secret-in-command",
        .warning,
        "A command holds a password, token or key in clear, where everybody who can read the "
            + "checklist, a process list or a log can read it too."
    )

    /// A trigger that only a person can notice.
    public static let triggerWithoutMetric = LintRule(
        "trigger-without-metric",
        .note,
        "A rollback trigger refers to no metric, suite or item, so that a person must notice it."
    )

    /// A placeholder that nobody replaced.
    public static let unboundPlaceholder = LintRule(
        "unbound-placeholder",
        .warning,
        "A command holds a placeholder such as <host> that nothing gives a value, so that it "
            + "cannot run as it stands."
    )

    /// A band that no value lies in.
    public static let unreachableBand = LintRule(
        "unreachable-band",
        .warning,
        "No value lies in a band: its bound excludes every value, or whatever is a warning is "
            + "critical already."
    )

    /// A signature that can never be complete.
    public static let unsatisfiableSignOff = LintRule(
        "unsatisfiable-sign-off",
        .error,
        "A sign-off asks for more people than may sign it, or guards a phase that does not exist, "
            + "so that the deployment can never be completed."
    )
}
