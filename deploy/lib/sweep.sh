# shellcheck shell=bash
# The sweep by schedule: a Cloud Run job with the service's image and settings, and the Cloud Scheduler job that starts it.

# Whether it has to list what is below a folder or an organization.
sweeps_below() {
    [[ ,$SWEEP_UNDER =~ ,(folders|organizations)/ ]]
}

# What jitcleanup is called with, one a line.
sweep_arguments() {
    local parent
    printf 'sweep\n'
    for parent in "${sweep_parents[@]}"; do
        case $parent in
            projects/*) printf -- '--project\n%s\n' "${parent#*/}" ;;
            *) printf -- '--under\n%s\n' "$parent" ;;
        esac
    done
}

# An hour, since thousands of projects take longer than the default of ten minutes.
sweep_timeout=3600

# The job's definition. A sweep that failed is tried once more: it does what is left. 512Mi is the least for a job.
render_sweep() {
    cat <<END
apiVersion: run.googleapis.com/v1
kind: Job
metadata:
  name: $sweep_name
  labels:
    managed-by: jitcleanup
  annotations:
    jitcleanup/scheduler-location: $SWEEP_LOCATION
spec:
  template:
    spec:
      taskCount: 1
      template:
        spec:
          serviceAccountName: $runtime_email
          maxRetries: 1
          timeoutSeconds: $sweep_timeout
          containers:
            - image: "$image"
              args:
$(sweep_arguments | sed 's/.*/                - "&"/')
              resources:
                limits:
                  cpu: "1"
                  memory: 512Mi
END
    # The service's settings, so that both decide alike.
    sed -n '/^          env:/,/^  traffic:/{/^  traffic:/!s/^/    /p;}' "$scratch/service.yaml"
}

wanted_sweep() {
    printf 'location: %s\nretries: 1\n' "$SWEEP_LOCATION"
    sweep_arguments | sed 's/^/argument: /'
    wanted_container "$sweep_timeout"
}

# The same of the job in $found.
actual_sweep() {
    local template=spec.template.spec.template.spec
    printf 'location: %s\n' "$(found_value metadata.annotations.jitcleanup/scheduler-location)"
    printf 'retries: %s\n' "$(found_value "$template.maxRetries")"
    sed -n "s/^$template\.containers\[0\]\.args\[[0-9]*\]: /argument: /p" <<<"$found"
    actual_container "$template"
}

look_up_sweep() {
    look_up gcloud run jobs describe "$sweep_name" --project="$PROJECT_ID" --region="$REGION" '--format=flattened[no-pad]'
}

is_own_sweep() {
    [[ $(found_value metadata.labels.managed-by) == jitcleanup ]]
}

# To be called after ensure_service, whose definition it takes the settings from.
ensure_sweep() {
    local location
    look_up_sweep
    if [[ -n $found ]] && ! is_own_sweep; then
        fail "There is a Cloud Run job $sweep_name ($REGION) that deploy.sh did not make. Choose another SERVICE."
    fi
    if [[ -z $found ]] || ! diff <(actual_sweep) <(wanted_sweep) >"$scratch/difference"; then
        location=$(found_value metadata.annotations.jitcleanup/scheduler-location)
        [[ -z $found ]] || sed -n 's/^[<>] /  &/p' "$scratch/difference" >&2
        if [[ -n $location && $location != "$SWEEP_LOCATION" ]]; then
            delete_schedule "$location"
        fi
        render_sweep >"$scratch/sweep.yaml"
        input=$scratch/sweep.yaml
        change gcloud run jobs replace - --project="$PROJECT_ID" --region="$REGION"
        input=/dev/null
    fi
    ensure_binding "$push_email" roles/run.invoker "run jobs" "$sweep_name" --project="$PROJECT_ID" --region="$REGION"
    ensure_schedule
}

# The call that starts the job. It is answered at once, so its deadline and retries are for that answer alone.
wanted_schedule() {
    cat <<END
attemptDeadline: 60s
httpTarget.httpMethod: POST
httpTarget.oauthToken.serviceAccountEmail: $push_email
httpTarget.uri: $sweep_url
retryConfig.retryCount: 3
schedule: $SWEEP_SCHEDULE
timeZone: Etc/UTC
END
}

look_up_schedule() {
    look_up gcloud scheduler jobs describe "$sweep_name" --project="$PROJECT_ID" --location="$1" '--format=flattened[no-pad]'
}

ensure_schedule() {
    local sweep_url=https://run.googleapis.com/v2/projects/$PROJECT_ID/locations/$REGION/jobs/$sweep_name:run
    local -a settings=(
        "$sweep_name" --project="$PROJECT_ID" --location="$SWEEP_LOCATION"
        --schedule="$SWEEP_SCHEDULE" --time-zone=Etc/UTC
        --uri="$sweep_url" --http-method=post
        # An access token: the called API is Google's own, which takes no identity tokens.
        --oauth-service-account-email="$push_email"
        --attempt-deadline=60s --max-retry-attempts=3
    )
    look_up_schedule "$SWEEP_LOCATION"
    if [[ -z $found ]]; then
        change gcloud scheduler jobs create http "${settings[@]}" --description="$made_by"
        return
    fi
    [[ $(found_value description) == "$made_by" ]] || fail \
        "There is a Cloud Scheduler job $sweep_name ($SWEEP_LOCATION) that deploy.sh did not make. Choose another SERVICE."
    [[ $(found_value state) == ENABLED ]] || warn "The Cloud Scheduler job $sweep_name is $(found_value state): nothing is" \
        "swept until 'gcloud scheduler jobs resume $sweep_name --location=$SWEEP_LOCATION'."
    if ! is_as_wanted < <(wanted_schedule); then
        change gcloud scheduler jobs update http "${settings[@]}"
    fi
}

delete_schedule() {
    look_up_schedule "$1"
    if [[ $(found_value description) == "$made_by" ]]; then
        change gcloud scheduler jobs delete "$sweep_name" --project="$PROJECT_ID" --location="$1" --quiet
    elif [[ -n $found ]]; then
        say "Kept: the Cloud Scheduler job $sweep_name ($1), which deploy.sh did not make."
    fi
}

# Whether or not the settings still ask for it: without them the role cannot list projects, and each sweep would fail.
delete_sweep() {
    look_up_sweep
    if [[ -n $found ]] && is_own_sweep; then
        delete_schedule "$(found_value metadata.annotations.jitcleanup/scheduler-location)"
        # Its run.invoker binding goes with it.
        change gcloud run jobs delete "$sweep_name" --project="$PROJECT_ID" --region="$REGION" --quiet
    elif [[ -n $SWEEP_SCHEDULE ]]; then
        delete_schedule "$SWEEP_LOCATION"
    fi
}
