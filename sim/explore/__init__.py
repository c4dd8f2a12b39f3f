"""The students' page: a town, its twin, a timeline, lessons (`weishang explore`)."""
