resource "google_cloud_run_v2_service" "jitcleanup" {
  project  = var.project_id
  location = var.region
  name     = var.service
  labels   = local.service_definition.metadata.labels
  ingress  = "INGRESS_TRAFFIC_INTERNAL_ONLY"
  # It keeps nothing that could be lost.
  deletion_protection = false

  template {
    service_account                  = google_service_account.service.email
    timeout                          = "${local.template.spec.timeoutSeconds}s"
    max_instance_request_concurrency = local.template.spec.containerConcurrency
    execution_environment            = "EXECUTION_ENVIRONMENT_GEN1"

    scaling {
      min_instance_count = tonumber(local.template.metadata.annotations["autoscaling.knative.dev/minScale"])
      max_instance_count = tonumber(local.template.metadata.annotations["autoscaling.knative.dev/maxScale"])
    }

    containers {
      image = local.container.image

      ports {
        name           = local.container.ports[0].name
        container_port = local.container.ports[0].containerPort
      }

      resources {
        limits = local.container.resources.limits
        # CPU only while requests are served.
        cpu_idle = true
      }

      startup_probe {
        period_seconds    = local.container.startupProbe.periodSeconds
        timeout_seconds   = local.container.startupProbe.timeoutSeconds
        failure_threshold = local.container.startupProbe.failureThreshold

        http_get {
          path = local.container.startupProbe.httpGet.path
          port = local.container.startupProbe.httpGet.port
        }
      }

      liveness_probe {
        period_seconds    = local.container.livenessProbe.periodSeconds
        timeout_seconds   = local.container.livenessProbe.timeoutSeconds
        failure_threshold = local.container.livenessProbe.failureThreshold

        http_get {
          path = local.container.livenessProbe.httpGet.path
          port = local.container.livenessProbe.httpGet.port
        }
      }

      dynamic "env" {
        for_each = local.environment

        content {
          name  = env.value.name
          value = env.value.value
        }
      }
    }
  }

  lifecycle {
    precondition {
      condition     = local.request_timeout < local.ack_deadline
      error_message = "REQUEST_TIMEOUT_SECONDS must be less than ack_deadline_seconds."
    }
  }

  # It would answer 503 to all pushes until it may read policies, and 425 until it may make tasks.
  depends_on = [
    google_project_service.needed,
    google_project_iam_member.cleaner,
    google_folder_iam_member.cleaner,
    google_organization_iam_member.cleaner,
    google_cloud_tasks_queue_iam_member.service,
    google_service_account_iam_member.tasks,
  ]
}

resource "google_cloud_run_v2_service_iam_member" "push" {
  project  = var.project_id
  location = var.region
  name     = google_cloud_run_v2_service.jitcleanup.name
  role     = "roles/run.invoker"
  member   = google_service_account.push.member
}
