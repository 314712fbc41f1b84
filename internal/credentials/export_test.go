package credentials

// UseMetadata has the metadata service be elsewhere.
func UseMetadata(url string) { metadataURL = url }
