# shellcheck shell=bash
# shellcheck disable=SC2153,SC2034  # the settings are set by name, and used in the other files
# The settings of deploy/deploy.sh and deploy/destroy.sh: read, completed with their defaults, and checked as a whole.

# NAME, default and meaning of each. The flag of SOME_NAME is --some-name.
settings_table() {
    cat <<'END'
PROJECT_ID||the project of the service and its subscription; also --project (required)
REGION||where the service runs, europe-west1 say (required)
TOPIC||JIT Access's topic: NAME, or projects/P/topics/NAME if it is in another project (required without AUDIT_LOG)
AUDIT_LOG||organizations/N, folders/N or projects/P: temporary grants are read from the audit log below it (see above); for grants of months, set --task-queue
BINDING_TITLES||titles in scope, comma-separated: exact, or a beginning with * at its end; ! in front excludes; also --titles (JIT access activation)
CLEANUP_RESOURCES|projects|whose policies are cleaned: projects, folders, organizations, comma-separated; also --resources
SCOPES||whose projects are cleaned, comma-separated: projects/ID, folders/NUMBER, organizations/NUMBER (required)
ROLE_ORGANIZATION||number of the organization that holds the custom role (required for folder scopes, for CLEANUP_RESOURCES other than projects, and to sweep folders or organizations)
ROLE_ID|jitcleanup|ID of the custom role
SERVICE|jitcleanup|name of the service
SUBSCRIPTION|jitcleanup|name of the push subscription
SERVICE_ACCOUNT|jitcleanup|ID of the account that the service runs as
PUSH_ACCOUNT|jitcleanup-push|ID of the account whose token Pub/Sub sends
IMAGE||an image that is there already, best by digest (NAME@sha256:...): nothing is built
REPOSITORY|jitcleanup|Artifact Registry repository for the image that is built
BUILDER|cloud|who builds the image: cloud (Cloud Build) or docker (here)
ACK_DEADLINE||seconds for one delivery, also the service's time limit (request timeout + 10, at most 600)
MIN_RETRY_DELAY|10|shortest delay before a redelivery, in seconds
MAX_RETRY_DELAY|600|longest delay before a redelivery, in seconds
MESSAGE_FILTER||only for the 2023 builds of JIT Access: 'attributes.origin = "jit-binding"'
ANNOUNCE|true|announce removals on TOPIC, and publish messages still needed there again before Pub/Sub drops them
QUARANTINE_TOPIC||topic for messages that can never be acted on: NAME or projects/P/topics/NAME
TASK_QUEUE||a Cloud Tasks queue, created if missing: a notice waits there as one task instead of being refused until its end
TASK_LOCATION||where the queue is (REGION)
SWEEP_SCHEDULE||when a sweep is started, five cron fields in UTC ('0 3 * * *'): a Cloud Run job and a Cloud Scheduler job are made for it
SWEEP_UNDER||what is swept, comma-separated, all of it among SCOPES (required with SWEEP_SCHEDULE)
SWEEP_LOCATION||where the Cloud Scheduler job is (REGION)
DEAD_LETTER_TOPIC||topic for messages that were delivered 100 times: NAME or projects/P/topics/NAME. Needs TASK_QUEUE, since each "not yet" counts
MESSAGE_RETENTION_SECONDS|604800|how long Pub/Sub keeps messages, for replays too: 7200 to 2678400
REQUEST_TIMEOUT_SECONDS|50|of the service; see deploy/README.md, Settings, for this and all below
EXPIRY_GRACE_SECONDS|60|of the service
GIVE_UP_SECONDS|86400|of the service
ALLOWED_PROJECTS||of the service
LOG_LEVEL|info|of the service
END
}

# Settings of earlier versions: accepted without effect.
retired_settings=(CLEANUP_SCOPE HOLD_CAPACITY HOLD_SECONDS MAX_DELIVERY_ATTEMPTS NUM_MESSAGES)

is_setting() {
    [[ " $(settings_table | cut -d '|' -f 1 | tr '\n' ' ') ${retired_settings[*]} " == *" $1 "* ]]
}

usage() {
    local name default meaning flag
    # The comment at the top of the script.
    sed -n '2,/^set /{/^#/s/^# \{0,1\}//p;}' "$0"
    printf '\nSettings, as flags or (in capitals, with _ for -) as environment variables:\n'
    while IFS='|' read -r name default meaning; do
        flag=${name,,}
        printf '  --%-28s %s\n' "${flag//_/-}" "$meaning${default:+ ($default)}"
    done < <(settings_table)
}

faults=()
fault() {
    faults+=("$*")
}

# Reports all that is wrong, and ends.
report_faults() {
    if ((${#faults[@]} > 0)); then
        say "${faults[@]}" "$0 --help lists the settings."
        exit 64
    fi
}

# Further settings of the service, NAME=VALUE.
service_settings=()
# Flags of one script alone: their names, and those that were given.
own_flags=()
given_flags=" "

given() {
    [[ $given_flags == *" $1 "* ]]
}

read_arguments() {
    local flag name value known_flag
    # The flag --dry-run is the script's; this setting comes as a variable or by --set.
    DRY_RUN=${DRY_RUN:-false}

    while (($# > 0)); do
        flag=${1%%=*}
        case $flag in
            # As gcloud has it.
            --project) flag=--project-id ;;
            # As jitcleanup's own commands have them.
            --titles) flag=--binding-titles ;;
            --resources) flag=--cleanup-resources ;;
        esac
        name=${flag#--}
        name=${name//-/_}
        if [[ " ${own_flags[*]} " == *" $1 "* ]]; then
            given_flags+="$1 "
            shift
            continue
        fi
        case $flag in
            --help | -h)
                usage
                exit 0
                ;;
            --set) known_flag=true ;;
            *) [[ $flag == --* ]] && is_setting "${name^^}" && known_flag=true || known_flag=false ;;
        esac
        if ! $known_flag; then
            fault "$1: there is no such flag here"
            shift
            continue
        fi
        if [[ $1 == *=* ]]; then
            value=${1#*=}
            shift
        elif (($# > 1)); then
            value=$2
            shift 2
        else
            fault "$1: its value is missing"
            shift
            continue
        fi
        if [[ $flag == --set ]]; then
            set_for_service "$value"
        else
            printf -v "${name^^}" '%s' "$value"
        fi
    done
    set_defaults
    complete_settings
}

# An empty value counts as not set.
set_defaults() {
    local name default
    while IFS='|' read -r name default _; do
        if [[ -z ${!name-} ]]; then
            printf -v "$name" '%s' "$default"
        fi
    done < <(settings_table)
}

# Takes NAME=VALUE of --set.
set_for_service() {
    local name=${1%%=*}
    if [[ $1 != *=* || ! $name =~ ^[A-Z][A-Z0-9_]*$ ]]; then
        fault "--set $1: this is not NAME=VALUE"
        return
    fi
    case $name in
        DRY_RUN) DRY_RUN=${1#*=} ;;
        PORT | K_* | PUSH_AUDIENCE | PUSH_SERVICE_ACCOUNT | PUBSUB_* | QUARANTINE_TOPIC_NAME | PROJECT_ID \
            | TASK_QUEUE_PATH | TASK_TARGET_URL | TASK_SERVICE_ACCOUNT)
            fault "--set $name: it follows from the other settings"
            ;;
        *)
            if is_setting "$name"; then
                printf -v "$name" '%s' "${1#*=}"
            else
                service_settings+=("$1")
            fi
            ;;
    esac
}

is_integer() {
    [[ $1 =~ ^(0|[1-9][0-9]{0,8})$ ]]
}

# The full name of a topic given by its last part.
topic_path() {
    if [[ -z $1 || $1 == */* ]]; then
        printf '%s' "$1"
    else
        printf 'projects/%s/topics/%s' "$PROJECT_ID" "$1"
    fi
}

# The push subscriptions, and the topic of each.
subscriptions=()
declare -A topic_of=()

# What follows from other settings.
complete_settings() {
    local name
    if [[ -z $ACK_DEADLINE ]] && is_integer "$REQUEST_TIMEOUT_SECONDS"; then
        ACK_DEADLINE=$((REQUEST_TIMEOUT_SECONDS + 10))
        ((ACK_DEADLINE <= 600)) || ACK_DEADLINE=600
        ((ACK_DEADLINE >= 10)) || ACK_DEADLINE=10
    fi
    TOPIC=$(topic_path "$TOPIC")
    QUARANTINE_TOPIC=$(topic_path "$QUARANTINE_TOPIC")
    DEAD_LETTER_TOPIC=$(topic_path "$DEAD_LETTER_TOPIC")
    # The sink's name, and that of its topic and subscription.
    audit_name=$SERVICE-iam-changes
    audit_topic=
    if [[ -n $TOPIC ]]; then
        subscriptions+=("$SUBSCRIPTION")
        topic_of[$SUBSCRIPTION]=$TOPIC
    fi
    if [[ -n $AUDIT_LOG ]]; then
        audit_topic=$(topic_path "$audit_name")
        subscriptions+=("$audit_name")
        topic_of[$audit_name]=$audit_topic
    fi
    PUBSUB_SUBSCRIPTION_PATH=
    for name in "${subscriptions[@]}"; do
        PUBSUB_SUBSCRIPTION_PATH+=${PUBSUB_SUBSCRIPTION_PATH:+,}projects/$PROJECT_ID/subscriptions/$name
    done
    PUBSUB_TOPIC_NAME=
    if [[ $ANNOUNCE == true ]]; then
        PUBSUB_TOPIC_NAME=${TOPIC:-$audit_topic}
    fi
    TASK_QUEUE_PATH=
    if [[ -n $TASK_QUEUE ]]; then
        TASK_LOCATION=${TASK_LOCATION:-$REGION}
        TASK_QUEUE_PATH=projects/$PROJECT_ID/locations/$TASK_LOCATION/queues/$TASK_QUEUE
    fi
    # The name of the Cloud Run job and of the Cloud Scheduler job.
    sweep_name=$SERVICE-sweep
    if [[ -n $SWEEP_SCHEDULE ]]; then
        SWEEP_LOCATION=${SWEEP_LOCATION:-$REGION}
    fi
    IFS=, read -r -a scopes <<<"$SCOPES"
    IFS=, read -r -a sweep_parents <<<"$SWEEP_UNDER"
    runtime_email=$SERVICE_ACCOUNT@$PROJECT_ID.iam.gserviceaccount.com
    push_email=$PUSH_ACCOUNT@$PROJECT_ID.iam.gserviceaccount.com
}
