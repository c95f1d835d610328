# The sweep by schedule: a Cloud Run job with the service's image and settings, and the Cloud Scheduler job that starts it.

resource "google_cloud_run_v2_job" "sweep" {
  count = var.sweep_schedule == null ? 0 : 1

  project  = var.project_id
  location = var.region
  name     = "${var.service}-sweep"
  labels   = local.service_definition.metadata.labels
  # It keeps nothing that could be lost.
  deletion_protection = false

  template {
    task_count = 1

    template {
      service_account = google_service_account.service.email
      # A sweep that failed is tried once more: it does what is left.
      max_retries = 1
      # Thousands of projects take longer than the default of ten minutes.
      timeout = "3600s"

      containers {
        image = local.container.image
        args  = local.sweep_arguments

        resources {
          # The least memory for a job.
          limits = { cpu = "1", memory = "512Mi" }
        }

        # The service's settings, so that both decide alike.
        dynamic "env" {
          for_each = local.environment

          content {
            name  = env.value.name
            value = env.value.value
          }
        }
      }
    }
  }

  depends_on = [
    google_project_service.needed,
    google_project_iam_member.cleaner,
    google_folder_iam_member.cleaner,
    google_organization_iam_member.cleaner,
  ]
}

resource "google_cloud_run_v2_job_iam_member" "sweep" {
  count = length(google_cloud_run_v2_job.sweep)

  project  = var.project_id
  location = var.region
  name     = google_cloud_run_v2_job.sweep[count.index].name
  role     = "roles/run.invoker"
  member   = google_service_account.push.member
}

resource "google_cloud_scheduler_job" "sweep" {
  count = length(google_cloud_run_v2_job.sweep)

  project   = var.project_id
  region    = coalesce(var.sweep_location, var.region)
  name      = google_cloud_run_v2_job.sweep[count.index].name
  schedule  = var.sweep_schedule
  time_zone = "Etc/UTC"
  # The call is answered at once: deadline and retries are for that answer, not for the sweep.
  attempt_deadline = "60s"

  retry_config {
    retry_count = 3
  }

  http_target {
    uri         = "https://run.googleapis.com/v2/${google_cloud_run_v2_job.sweep[count.index].id}:run"
    http_method = "POST"

    # An access token: the called API is Google's own, which takes no identity tokens.
    oauth_token {
      service_account_email = google_service_account.push.email
    }
  }

  depends_on = [google_cloud_run_v2_job_iam_member.sweep]
}
