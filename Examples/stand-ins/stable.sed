# DeployKit
# SPDX-License-Identifier: Apache-2.0
#
# Makes the output of a demo the same each time: what differs from run to run gets a name. Free ports
# and the folder are named by Scripts/test-examples.sh, which knows them.
s/\bd-[0-9a-z]{6}\b/d-ID/g
s/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z/TIME/g
s/[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}/TIME/g
s/\b[0-9]{2}:[0-9]{2}:[0-9]{2}\b/HH:MM:SS/g
s/\b[0-9]{2}:[0-9]{2}\b/HH:MM/g
s/\([0-9.]+ (s|ms|min)\)$/(TIME)/
s/^Done in [0-9]+ s/Done in N s/
s/\.[0-9a-f]{16}\b/.LOG/g
s/\broot [0-9a-f]{12}\b/root DIGEST/g
s/\bchecklist [0-9a-f]{12}\b/checklist DIGEST/g
s/\b[0-9a-f]{64}\b/DIGEST/g
s/(receipts\/[^\/]+)\/[0-9]+\./\1\/N./
s/\bnext ([0-9-]+ )?HH:MM UTC/next TIME UTC/g
s/\bnext TIME UTC/next TIME/g
# What a stand-in says stands on two channels, whose order is not kept.
/^    stand-in: /d
# A number that was cut at the end of a line may be a port.
s/\b[0-9]+…/N…/g
