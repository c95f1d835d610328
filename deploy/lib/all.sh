# shellcheck shell=bash
# All that deploy/deploy.sh and deploy/destroy.sh share. Sourced at the root of the repository.
((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 404)) || {
    echo "This needs bash 4.4 or later; this is $BASH_VERSION." >&2
    exit 1
}
# shellcheck source=deploy/lib/common.sh
source deploy/lib/common.sh
# shellcheck source=deploy/lib/settings.sh
source deploy/lib/settings.sh
# shellcheck source=deploy/lib/checks.sh
source deploy/lib/checks.sh
# shellcheck source=deploy/lib/iam.sh
source deploy/lib/iam.sh
# shellcheck source=deploy/lib/image.sh
source deploy/lib/image.sh
# shellcheck source=deploy/lib/service.sh
source deploy/lib/service.sh
# shellcheck source=deploy/lib/pubsub.sh
source deploy/lib/pubsub.sh
# shellcheck source=deploy/lib/tasks.sh
source deploy/lib/tasks.sh
# shellcheck source=deploy/lib/audit_log.sh
source deploy/lib/audit_log.sh
# shellcheck source=deploy/lib/sweep.sh
source deploy/lib/sweep.sh
