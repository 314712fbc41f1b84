# What `make demo` applies. The addresses and instances are those that the mock
# endpoint begins with; the credentials come from the environment.

terraform {
  required_providers {
    alicloud = {
      source = "alicloud-extras/alicloud"
    }
  }
}

variable "endpoint" {
  description = "URL of the mock endpoint, such as http://127.0.0.1:8080"
  type        = string
}

provider "alicloud" {
  region = "cn-hangzhou"

  endpoints {
    ecs = var.endpoint
  }
}

resource "alicloud_ecs_public_ip_release" "web" {
  public_ip_address = "121.40.10.11"
  instance_id       = "i-bp1mockvpc"
}

output "outcome" {
  value = alicloud_ecs_public_ip_release.web.outcome
}

output "released_at" {
  value = alicloud_ecs_public_ip_release.web.released_at
}

output "request_id" {
  value = alicloud_ecs_public_ip_release.web.request_id
}
