terraform {
  required_providers {
    alicloud = {
      source = "aliyun/alicloud"
    }
    alicloud-extras = {
      source = "alicloud-extras/alicloud"
    }
  }
}

provider "alicloud" {
  region = "cn-hangzhou"
}

provider "alicloud-extras" {
  region = "cn-hangzhou"
}

variable "release" {
  description = "Whether the instance loses its public IP address."
  type        = bool
  default     = true
}

# By the official provider.
resource "alicloud_instance" "web" {
  # ...
}

module "release" {
  source = "../release-public-ips"
  count  = var.release ? 1 : 0

  instances = {
    web = {
      instance_id       = alicloud_instance.web.id
      public_ip_address = alicloud_instance.web.public_ip
    }
  }
}
