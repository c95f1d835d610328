# shellcheck shell=bash
# What is wrong with the settings, all of it, before anything is called.

project_id='[a-z][a-z0-9-]{4,28}[a-z0-9]'
# Projects of old domains have their domain in front, example.com:project.
project_path="([a-z0-9.-]+:)?$project_id"
resource='(projects|folders|organizations)'
pubsub_name='[A-Za-z][A-Za-z0-9._~+%-]{2,254}'

# Each of the named settings must match the pattern, if it is not empty.
check_pattern() {
    local pattern=$1 meaning=$2 name
    shift 2
    for name in "$@"; do
        if [[ -n ${!name} && ! ${!name} =~ ^($pattern)$ ]]; then
            fault "$name is '${!name}', which is not $meaning"
        fi
    done
}

# A fourth argument is the reason for the limits.
check_range() {
    local name=$1 least=$2 most=$3
    if [[ -n ${!name} ]] && ! { is_integer "${!name}" && ((${!name} >= least && ${!name} <= most)); }; then
        fault "$name is '${!name}', which is not a whole number from $least to $most${4:+: $4}"
    fi
}

check_settings() {
    local name
    for name in PROJECT_ID REGION SCOPES; do
        [[ -n ${!name} ]] || fault "$name is missing"
    done
    [[ -n $TOPIC$AUDIT_LOG ]] || fault "TOPIC is missing, or AUDIT_LOG without JIT Access"
    check_further_settings
    # A line break or another control character would end up in a file or a command.
    while IFS='|' read -r name _; do
        [[ ${!name} != *[[:cntrl:]]* ]] || fault "$name has a control character in it"
    done < <(settings_table)

    check_pattern "$project_id" "a project's ID" PROJECT_ID
    check_pattern '[a-z]+-[a-z]+[0-9]+' "a region such as europe-west1" REGION TASK_LOCATION SWEEP_LOCATION
    check_pattern '[0-9A-Za-z*,/-]+( +[0-9A-Za-z*,/-]+){4}' "five cron fields: minute, hour, day, month, weekday" SWEEP_SCHEDULE
    check_pattern '[A-Za-z0-9-]{1,100}' "a queue's name" TASK_QUEUE
    check_pattern "projects/$project_path/topics/$pubsub_name" "a topic" TOPIC QUARANTINE_TOPIC DEAD_LETTER_TOPIC
    check_pattern "(organizations|folders)/[0-9]{1,19}|projects/$project_path" \
        "organizations/NUMBER, folders/NUMBER or projects/ID" AUDIT_LOG
    check_pattern "$resource(, *$resource)*" "any of projects, folders and organizations, comma-separated" CLEANUP_RESOURCES
    check_pattern "$pubsub_name" "a subscription's name" SUBSCRIPTION
    check_pattern '[a-z][a-z0-9-]{4,28}[a-z0-9]' "an account ID of 6 to 30 characters" SERVICE_ACCOUNT PUSH_ACCOUNT
    check_pattern '[a-z]([a-z0-9-]{0,47}[a-z0-9])?' "a service's name of at most 49 characters" SERVICE
    check_pattern '[a-z]([a-z0-9-]{0,61}[a-z0-9])?' "a repository's name" REPOSITORY
    check_pattern '[A-Za-z0-9_.]{3,64}' "a role's ID" ROLE_ID
    check_pattern '[0-9]{1,19}' "an organization's number" ROLE_ORGANIZATION
    check_pattern '[a-z0-9][a-zA-Z0-9_./:@-]*' "an image's name" IMAGE
    check_pattern 'cloud|docker' "cloud or docker" BUILDER
    check_pattern '!?[a-z0-9.:*-]+(, *!?[a-z0-9.:*-]+)*' "project IDs or beginnings such as prod-*, comma-separated" ALLOWED_PROJECTS
    check_pattern 'true|false' "true or false" ANNOUNCE DRY_RUN
    check_range ACK_DEADLINE 10 600
    check_range MIN_RETRY_DELAY 0 600
    check_range MAX_RETRY_DELAY 0 600
    check_range MESSAGE_RETENTION_SECONDS 7200 2678400 \
        "with less than two hours, the longest retry delay (600 s) leaves no room to publish a waiting message again"
    check_range REQUEST_TIMEOUT_SECONDS 1 600
    check_range EXPIRY_GRACE_SECONDS 0 86400
    check_range GIVE_UP_SECONDS 0 31536000
    check_scopes
    check_sweep
    [[ ${CLEANUP_SCOPE:-project} == project ]] || fault "CLEANUP_SCOPE is '$CLEANUP_SCOPE', which is refused:" \
        "the service removes every expired binding in scope; a notice only says when to look. Leave it out"
    if ((${#faults[@]} == 0)); then
        check_relations
    fi
    report_faults
}

check_further_settings() {
    local setting
    for setting in ${service_settings[@]+"${service_settings[@]}"}; do
        [[ $setting != *[[:cntrl:]]* && $setting != *[[:space:]] && $setting != *=[[:space:]]* ]] \
            || fault "--set $setting: white space at the ends, line breaks and control characters cannot be passed on"
    done
}

check_scopes() {
    local scope
    for scope in "${scopes[@]}"; do
        case $scope in
            projects/*) check_pattern_of_scope "$scope" "projects/$project_path" ;;
            folders/*)
                check_pattern_of_scope "$scope" 'folders/[0-9]{1,19}'
                # Custom roles live in an organization or a project, never in a folder.
                [[ -n $ROLE_ORGANIZATION ]] || fault "ROLE_ORGANIZATION is missing: a folder has no custom roles" \
                    "('gcloud organizations list' shows the number)"
                ;;
            organizations/*)
                check_pattern_of_scope "$scope" 'organizations/[0-9]{1,19}'
                # A role of one organization means nothing in another.
                [[ ${ROLE_ORGANIZATION:-${scope#*/}} == "${scope#*/}" ]] \
                    || fault "ROLE_ORGANIZATION is $ROLE_ORGANIZATION, but SCOPES names $scope"
                ;;
            *) fault "SCOPES has '$scope', which is not projects/ID, folders/NUMBER or organizations/NUMBER" ;;
        esac
    done
}

check_pattern_of_scope() {
    [[ $1 =~ ^($2)$ ]] || fault "SCOPES has '$1', which is not projects/ID, folders/NUMBER or organizations/NUMBER"
}

check_sweep() {
    local parent
    [[ -z $SWEEP_SCHEDULE || -n $SWEEP_UNDER ]] || fault "SWEEP_UNDER is missing: SWEEP_SCHEDULE alone says when, not what"
    [[ -z $SWEEP_UNDER || -n $SWEEP_SCHEDULE ]] || fault "SWEEP_SCHEDULE is missing: SWEEP_UNDER alone says what, not when"
    for parent in "${sweep_parents[@]}"; do
        [[ ",$SCOPES," == *",$parent,"* ]] \
            || fault "SWEEP_UNDER has '$parent', which is not among SCOPES: without the role there, the sweep would fail"
    done
    # Only the role of an organization can have the permissions to list what is below.
    ! sweeps_below || [[ -n $ROLE_ORGANIZATION ]] || fault "ROLE_ORGANIZATION is missing: to list what is in a folder or an" \
        "organization takes a role that is kept in the organization ('gcloud organizations list' shows the number)"
}

# What must fit together.
check_relations() {
    local topic
    # jitcleanup must answer before Cloud Run gives up, which it does at the acknowledgement deadline.
    ((REQUEST_TIMEOUT_SECONDS < ACK_DEADLINE)) || fault \
        "REQUEST_TIMEOUT_SECONDS is $REQUEST_TIMEOUT_SECONDS: that must be less than ACK_DEADLINE, $ACK_DEADLINE"
    ((MIN_RETRY_DELAY <= MAX_RETRY_DELAY)) || fault "MIN_RETRY_DELAY is more than MAX_RETRY_DELAY"
    for topic in "${topic_of[@]}"; do
        [[ $topic != "$QUARANTINE_TOPIC" && $topic != "$DEAD_LETTER_TOPIC" ]] || fault "$topic may not be the quarantine" \
            "or dead-letter topic as well: its messages would be redelivered forever"
    done
    [[ $TOPIC != "$audit_topic" && $SUBSCRIPTION != "$audit_name" ]] \
        || fault "TOPIC and SUBSCRIPTION may not be $audit_name, which is for the audit log"
    [[ -z $AUDIT_LOG || -z $MESSAGE_FILTER ]] \
        || fault "MESSAGE_FILTER is refused together with AUDIT_LOG: it would drop notices that are published again"
    [[ $CLEANUP_RESOURCES =~ ^projects(, *projects)*$ || -n $ROLE_ORGANIZATION ]] || fault "ROLE_ORGANIZATION is missing:" \
        "a role with permissions on folders and organizations is kept in the organization" \
        "('gcloud organizations list' shows the number)"
    [[ $SERVICE_ACCOUNT != "$PUSH_ACCOUNT" ]] \
        || fault "SERVICE_ACCOUNT and PUSH_ACCOUNT are the same: who may push must not be who may change policies"
}

# What is refused of a new deployment, though destroy.sh may still have to take it back.
check_deployment() {
    [[ -z $DEAD_LETTER_TOPIC || -n $TASK_QUEUE ]] || fault "DEAD_LETTER_TOPIC is refused without TASK_QUEUE: a dead-letter" \
        "policy counts every \"not yet\" (425) as a failed delivery, and so ends waits. With TASK_QUEUE, Cloud Tasks do the waiting"
}

# Warnings about settings that are accepted.
warn_of_settings() {
    local name
    for name in "${retired_settings[@]}"; do
        [[ -z ${!name-} ]] || warn "$name has no effect any more: leave it out."
    done
    if [[ -n $TASK_LOCATION && -z $TASK_QUEUE ]]; then
        warn "TASK_LOCATION has no effect without TASK_QUEUE."
    fi
    if [[ -n $SWEEP_LOCATION && -z $SWEEP_SCHEDULE ]]; then
        warn "SWEEP_LOCATION has no effect without SWEEP_SCHEDULE."
    fi
    if [[ -z $TOPIC && -z $BINDING_TITLES ]]; then
        warn "Without BINDING_TITLES only JIT Access's grants are removed, whatever else the audit log brings."
    fi
}
