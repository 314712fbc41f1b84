# region_id:instance_id:public_ip_address
terraform import alicloud_ecs_public_ip_release.web cn-hangzhou:i-bp67acfmxazb4p0001:121.40.10.20

# The middle is empty where the configuration names no instance.
terraform import alicloud_ecs_public_ip_release.web cn-hangzhou::121.40.10.20
